//! Tables as spreadsheets and people write them.
//!
//! Cells are separated by commas, semicolons, tabs or vertical bars; lines end with LF, CR LF or
//! CR. The text is UTF-8, UTF-16 or Windows-1252 (which contains Latin-1), with or without a byte
//! order mark. A first line `sep=;` names the separator. Names of columns are compared without
//! case, spaces, dashes and underscores.

use std::borrow::Cow;

use csv::{ReaderBuilder, StringRecord};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use mien_core::{Error, ErrorKind, Result, fail};

/// The separators that are tried, and their names in the plural.
const SEPARATORS: [(char, &str); 4] = [(',', "commas"), (';', "semicolons"), ('\t', "tabs"), ('|', "vertical bars")];

/// Number of bytes from the start in which the separator is looked for.
const HEAD: usize = 1 << 16;

/// A column: its name, then other names that people give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column(pub &'static [&'static str]);

impl Column {
    /// Returns the column's own name.
    pub fn name(&self) -> &'static str {
        self.0[0]
    }
}

/// A table with a header.
#[derive(Debug)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Row>,
    separator: char,
    encoding: &'static Encoding,
}

/// A row of a table that is not blank.
#[derive(Debug)]
pub struct Row {
    /// The row's first line in the file, from 1.
    pub line: u64,
    cells: StringRecord,
}

impl Row {
    /// Returns the cell of a column, without surrounding spaces; empty if the row is shorter.
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", clean)
    }

    /// Returns the cells in order.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        self.cells.iter().map(clean)
    }
}

impl Table {
    /// Reads a table. If the file does not name its separator, it is the one that yields most of
    /// the `expected` columns, or else most columns.
    ///
    /// # Errors
    /// `InvalidOption` if the file is no text, names a separator that is no single ASCII character,
    /// or has no line.
    pub fn parse(bytes: &[u8], expected: &[Column]) -> Result<Self> {
        let (text, encoding) = decode(bytes)?;
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let (named, text) = named_separator(&text)?;
        let separator = named.unwrap_or_else(|| likely_separator(&text, expected));
        let mut rows = records(&text, separator)?;
        if rows.is_empty() {
            fail!(InvalidOption, "the table is empty");
        }
        let columns = rows.remove(0).cells().map(str::to_owned).collect();
        Ok(Self { columns, rows, separator, encoding })
    }

    /// Returns the names of the columns as written.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Returns the rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Returns the index of a column; a column of its own name precedes those of other names.
    pub fn find(&self, column: &Column) -> Option<usize> {
        let named = |name: &&str| self.columns.iter().position(|other| plain(other) == plain(name));
        column.0.iter().find_map(named)
    }

    /// Same as [`Self::find`].
    ///
    /// # Errors
    /// `InvalidOption` if there is no such column; the details quote what was found.
    pub fn require(&self, column: &Column) -> Result<usize> {
        match self.find(column) {
            Some(index) => Ok(index),
            None => Err(Error::new(ErrorKind::InvalidOption, format!("there is no column {:?}", column.name()))
                .with_details(format!("there is no column {:?}: {}", column.name(), self.described()))),
        }
    }

    /// Returns the row's cell after the last column, if one is not empty.
    pub fn surplus<'r>(&self, row: &'r Row) -> Option<&'r str> {
        row.cells().skip(self.columns.len()).find(|cell| !cell.is_empty())
    }

    /// Returns `cell` as a number in Rust's notation: where commas do not separate cells,
    /// spreadsheets of some languages write a decimal comma.
    pub fn number<'c>(&self, cell: &'c str) -> Cow<'c, str> {
        if self.separator == ',' { Cow::Borrowed(cell) } else { Cow::Owned(cell.replacen(',', ".", 1)) }
    }

    /// Returns the bytes that stand for `cell` in a file of one byte per character; `None` for
    /// other files. A path in such a file may be one of the same bytes.
    pub fn bytes(&self, cell: &str) -> Option<Vec<u8>> {
        (self.encoding == WINDOWS_1252).then(|| WINDOWS_1252.encode(cell).0.into_owned())
    }

    /// Quotes the columns and the separator.
    fn described(&self) -> String {
        let named = |name: &String| format!("{name:?}");
        match self.columns.as_slice() {
            [only] => {
                format!("the only column is {only:?}; commas, semicolons, tabs and vertical bars separate columns")
            }
            columns => format!(
                "the columns are {}, separated by {}",
                columns.iter().map(named).collect::<Vec<_>>().join(", "),
                separator_name(self.separator)
            ),
        }
    }
}

fn separator_name(separator: char) -> String {
    let known = SEPARATORS.iter().find(|(other, _)| *other == separator);
    known.map_or_else(|| format!("{separator:?}"), |(_, name)| (*name).to_owned())
}

/// Returns the text of a file, and its encoding.
fn decode(bytes: &[u8]) -> Result<(String, &'static Encoding)> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        fail!(InvalidOption, "this is a spreadsheet or an archive, not text: save it as CSV");
    }
    let (encoding, mark) = Encoding::for_bom(bytes).unwrap_or_else(|| (likely_encoding(bytes), 0));
    let text = encoding.decode_without_bom_handling(&bytes[mark..]).0;
    if text.contains('\0') {
        fail!(InvalidOption, "this is not text: it has zero bytes");
    }
    Ok((text.into_owned(), encoding))
}

/// Returns the encoding of a text without a byte order mark. In UTF-16, one of the two bytes of
/// each of most characters is zero.
fn likely_encoding(bytes: &[u8]) -> &'static Encoding {
    let pairs = bytes.as_chunks::<2>().0;
    let zeros = |byte: usize| 2 * pairs.iter().filter(|pair| pair[byte] == 0).count() > pairs.len();
    match (zeros(0), zeros(1)) {
        (false, true) => UTF_16LE,
        (true, false) => UTF_16BE,
        _ if str::from_utf8(bytes).is_ok() => UTF_8,
        _ => WINDOWS_1252,
    }
}

/// Returns the separator that a first line like `sep=;` names, and the text with that line emptied.
fn named_separator(text: &str) -> Result<(Option<char>, Cow<'_, str>)> {
    // Empty lines before it stay, so that messages name the right line.
    let empty = text.len() - text.trim_start_matches(['\r', '\n', ' ', '\u{feff}']).len();
    let (above, text_below) = text.split_at(empty);
    let (first, rest) = text_below.split_once('\n').unwrap_or((text_below, ""));
    let first = first.trim_matches([' ', '"']);
    let name = match first.split_once('=') {
        Some((start, name)) if start.trim().eq_ignore_ascii_case("sep") => name,
        _ => return Ok((None, Cow::Borrowed(text))),
    };
    // Spreadsheets complete the line with separators.
    let separator = match name {
        "\\t" => Some('\t'),
        _ => name.chars().next().filter(|first| first.is_ascii() && name.chars().all(|other| other == *first)),
    };
    match separator {
        Some(separator) => Ok((Some(separator), Cow::Owned(format!("{above}\n{rest}")))),
        None => {
            fail!(InvalidOption, "the first line names no separator"; "the first line names no separator: {first:?}")
        }
    }
}

/// Returns the separator that yields the most of `expected` in the header, or else most columns.
fn likely_separator(text: &str, expected: &[Column]) -> char {
    let head = &text[..text.floor_char_boundary(HEAD)];
    let names: Vec<String> = expected.iter().flat_map(|column| column.0).map(|name| plain(name)).collect();
    let fit = |(separator, _): &(char, &str)| {
        let header: Vec<String> = match records(head, *separator).ok().as_deref() {
            Some([header, ..]) => header.cells().map(plain).collect(),
            _ => Vec::new(),
        };
        (header.iter().filter(|name| names.contains(name)).count(), header.len())
    };
    // Of equals, the first.
    SEPARATORS.iter().rev().max_by_key(|separator| fit(separator)).map_or(',', |(separator, _)| *separator)
}

/// Returns the rows that are not blank.
fn records(text: &str, separator: char) -> Result<Vec<Row>> {
    let delimiter = u8::try_from(separator).unwrap_or(b',');
    let text = without_spaces(text, separator);
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let cells =
            record.map_err(|error| Error::with_source(ErrorKind::InvalidOption, "the table is damaged", error))?;
        let row = Row { line: cells.position().map_or(0, |start| first_line(&text, start)), cells };
        if row.cells().any(|cell| !cell.chars().all(|letter| SEPARATORS.iter().any(|(other, _)| *other == letter))) {
            rows.push(row);
        }
    }
    Ok(rows)
}

/// Returns the number of a record's first line; its `start` precedes the empty lines before it.
fn first_line(text: &str, start: &csv::Position) -> u64 {
    let rest = &text.as_bytes()[start.byte() as usize..];
    start.line() + rest.iter().take_while(|byte| **byte == b'\n').count() as u64
}

/// Removes the spaces around quoted cells, which would make the quotes a part of the cell.
fn without_spaces(text: &str, separator: char) -> String {
    let is_space = |letter: char| letter != separator && letter != '\n' && letter.is_whitespace();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        rest = rest.trim_start_matches(is_space);
        if rest.starts_with('"') {
            let end = end_of_quotes(rest);
            out.push_str(&rest[..end]);
            rest = rest[end..].trim_start_matches(is_space);
        }
        let end = rest.find([separator, '\n']).map_or(rest.len(), |end| end + 1);
        out.push_str(&rest[..end]);
        rest = &rest[end..];
    }
    out
}

/// Returns the length of the quoted cell at the start of `text`; doubled quotes stand for quotes.
fn end_of_quotes(text: &str) -> usize {
    let mut at = 1;
    while let Some(quote) = text[at..].find('"') {
        at += quote + 1;
        if !text[at..].starts_with('"') {
            return at;
        }
        at += 1;
    }
    text.len()
}

/// Removes surrounding spaces and characters without width.
fn clean(cell: &str) -> &str {
    cell.trim_matches(|letter: char| letter.is_whitespace() || matches!(letter, '\u{feff}' | '\u{200b}'))
}

/// Returns the name of a column in the form in which names are compared.
fn plain(name: &str) -> String {
    let is_word = |letter: &char| !letter.is_whitespace() && !matches!(letter, '_' | '-');
    clean(name).chars().filter(is_word).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [Column(&["path", "file"]), Column(&["subject", "person"]), Column(&["emotion"])];

    fn table(text: &str) -> Table {
        Table::parse(text.as_bytes(), &COLUMNS).unwrap()
    }

    fn cells(table: &Table) -> Vec<Vec<&str>> {
        table.rows().iter().map(|row| row.cells().collect()).collect()
    }

    fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
        let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    #[test]
    fn each_separator_is_found() {
        for separator in [",", ";", "\t", "|"] {
            let text = "path,subject,emotion\na.png,Ann,happy\n".replace(',', separator);
            let table = table(&text);
            assert_eq!(cells(&table), [["a.png", "Ann", "happy"]], "{separator:?}");
            assert_eq!(COLUMNS.map(|column| table.find(&column)), [Some(0), Some(1), Some(2)]);
        }
        // More columns that are known count, not more columns.
        let table = table("path;subject;note, long, with, commas\na,b.png;Ann;x\n");
        assert_eq!(cells(&table), [["a,b.png", "Ann", "x"]]);
    }

    #[test]
    fn a_named_separator_is_used_and_lines_are_counted_from_the_first() {
        for first in ["sep=:", "SEP=:", "\u{feff}sep=:", "\"sep=:\"", "sep=:::", "sep =:"] {
            let table = table(&format!("{first}\r\n\r\nPath:Subject\r\na,b.png:Ann\r\n"));
            assert_eq!((cells(&table), table.rows()[0].line), (vec![vec!["a,b.png", "Ann"]], 4), "{first:?}");
        }
        assert_eq!(cells(&table("\n\nsep=:\npath:subject\na:b\n")), [["a", "b"]]);
        assert_eq!(cells(&table("sep=\t\npath\tsubject\na;b\tc\n")), [["a;b", "c"]]);
        let error = Table::parse(b"sep=\npath\n", &COLUMNS).unwrap_err();
        assert!(error.full_text().contains("names no separator: \"sep=\""), "{}", error.full_text());
    }

    #[test]
    fn each_encoding_is_read() {
        let text = "path;subject;emotion\r\nZo\u{eb}\\b.png;J\u{fc}rgen;sad\r\n";
        let marked = format!("\u{feff}{text}");
        let latin: Vec<u8> = text.chars().map(|letter| letter as u8).collect();
        let mut files = vec![text.as_bytes().to_vec(), marked.as_bytes().to_vec(), latin];
        for (big, mark) in [(false, false), (false, true), (true, false), (true, true)] {
            files.push(utf16(text, big, mark));
        }
        for file in &files {
            let table = Table::parse(file, &COLUMNS).unwrap();
            assert_eq!(cells(&table), [["Zo\u{eb}\\b.png", "J\u{fc}rgen", "sad"]], "{file:?}");
            assert_eq!(table.columns()[0], "path");
        }
        let table = Table::parse(&files[2], &COLUMNS).unwrap();
        assert_eq!(table.bytes("Zo\u{eb}"), Some(b"Zo\xeb".to_vec()));
        assert_eq!(Table::parse(&files[0], &COLUMNS).unwrap().bytes("Zo\u{eb}"), None);
        // In Windows-1252, 0x80 is the euro sign.
        assert_eq!(cells(&Table::parse(b"path\n\x80\n", &COLUMNS).unwrap()), [["\u{20ac}"]]);
    }

    #[test]
    fn line_ends_blank_lines_and_trailing_separators_make_no_difference() {
        for end in ["\n", "\r\n", "\r"] {
            let text = "path,subject,emotion,,\n\na.png,Ann,happy,,\n,,,,\n   \nb.png,Bo,sad,,".replace('\n', end);
            let table = table(&text);
            assert_eq!(cells(&table), [["a.png", "Ann", "happy", "", ""], ["b.png", "Bo", "sad", "", ""]], "{end:?}");
            assert_eq!(table.rows().iter().map(|row| row.line).collect::<Vec<_>>(), [3, 6], "{end:?}");
            assert!(table.rows().iter().all(|row| table.surplus(row).is_none()));
        }
        let table = table("path,subject\na.png,Ann,,happy\nb.png\n");
        assert_eq!(table.rows().iter().map(|row| table.surplus(row)).collect::<Vec<_>>(), [Some("happy"), None]);
        assert_eq!(table.rows()[1].cell(1), "");
    }

    #[test]
    fn quotes_protect_separators_and_line_ends_with_or_without_spaces_around() {
        let table = table(
            "path , \"subject\" ,emotion\n \"a,\"\"1\"\".png\" , \"Smith,\nAnn\" , happy\n5\"x.png,\" Bo \",\tsad\n",
        );
        let expected = [["a,\"1\".png", "Smith,\nAnn", "happy"], ["5\"x.png", "Bo", "sad"]];
        assert_eq!(cells(&table), expected);
        assert_eq!((table.rows()[0].line, table.rows()[1].line), (2, 4));
        // A quote that is never closed ends with the file.
        assert_eq!(cells(&self::table("path,subject\n\"a.png,Ann\n")), [["a.png,Ann\n".trim()]]);
    }

    #[test]
    fn names_of_columns_are_found_in_every_spelling() {
        let find = |header: &str| COLUMNS.map(|column| table(&format!("{header}\nx,y,z\n")).find(&column));
        for header in
            ["Path,SUBJECT,Emotion", " path , subject , emotion", "FILE,Person,e-motion", "pa_th,Sub ject,emotion"]
        {
            assert_eq!(find(header), [Some(0), Some(1), Some(2)], "{header}");
        }
        // The column's own name comes first.
        assert_eq!(find("file,path,person"), [Some(1), Some(2), None]);
    }

    #[test]
    fn what_was_found_is_quoted() {
        let missing = |text: &str| table(text).require(&COLUMNS[1]).unwrap_err();
        let error = missing("Datei;Gesicht\na;b\n");
        assert_eq!(error.to_string(), "there is no column \"subject\"");
        let text = error.full_text();
        assert!(text.contains("the columns are \"Datei\", \"Gesicht\", separated by semicolons"), "{text}");
        let text = missing("path:subject\n").full_text();
        assert!(text.contains("the only column is \"path:subject\"; commas, semicolons, tabs"), "{text}");
        for (bytes, message) in [
            (&b""[..], "the table is empty"),
            (b"\n,,\n", "the table is empty"),
            (b"PK\x03\x04rest", "save it as CSV"),
            (b"path\x00subject\nab\x00", "not text"),
        ] {
            let error = Table::parse(bytes, &COLUMNS).unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
        }
    }

    #[test]
    fn decimal_commas_are_numbers_where_commas_do_not_separate() {
        assert_eq!(table("path;subject\n1,5;x\n").number("1,5"), "1.5");
        assert_eq!(table("path,subject\n1.5,x\n").number("1.5"), "1.5");
    }
}
