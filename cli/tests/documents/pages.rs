//! Pages of Markdown: their code blocks, links and inline code.

use std::fs;
use std::path::{Path, PathBuf};

/// The repository's root.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A page by its path in the repository.
pub struct Page {
    pub name: String,
    pub text: String,
}

/// A fenced code block.
#[derive(Debug)]
pub struct Block {
    /// What stands behind the fence.
    pub language: String,
    /// The lines between the fences.
    pub lines: Vec<String>,
    /// The number of the first of these lines, from 1.
    pub first_line: usize,
    /// The comments above the block: `<!-- key: value -->`.
    notes: Vec<(String, String)>,
    /// Whether only blank lines stand between this block and the one before.
    pub follows: bool,
}

impl Block {
    /// The value of the comment `key` above the block.
    pub fn note(&self, key: &str) -> Option<&str> {
        self.notes.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// A link to a file of the repository.
pub struct Link<'a> {
    pub target: &'a str,
    pub line: usize,
}

impl Page {
    /// The page `name`.
    pub fn read(name: &str) -> Self {
        let text = fs::read_to_string(repository().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { name: name.to_owned(), text }
    }

    /// The code blocks in order.
    pub fn blocks(&self) -> Vec<Block> {
        let (mut blocks, mut notes, mut follows) = (Vec::new(), Vec::new(), false);
        let mut open: Option<Block> = None;
        for (index, line) in self.text.lines().enumerate() {
            match (&mut open, line.strip_prefix("```")) {
                (Some(block), None) => block.lines.push(line.to_owned()),
                (Some(_), Some(_)) => {
                    blocks.extend(open.take());
                    follows = true;
                }
                (None, Some(language)) => {
                    let notes = std::mem::take(&mut notes);
                    let language = language.to_owned();
                    open = Some(Block { language, lines: Vec::new(), first_line: index + 2, notes, follows });
                }
                (None, None) => match comment(line) {
                    Some(note) => notes.push(note),
                    None if line.is_empty() => {}
                    None => {
                        notes.clear();
                        follows = false;
                    }
                },
            }
        }
        assert!(open.is_none(), "{}: a block does not end", self.name);
        blocks
    }

    /// The lines outside of code blocks, with their numbers.
    pub fn prose(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut inside = false;
        self.text.lines().enumerate().filter_map(move |(index, line)| {
            let fence = line.starts_with("```");
            inside ^= fence;
            (!inside && !fence).then_some((index + 1, line))
        })
    }

    /// The links that do not lead to the web.
    pub fn links(&self) -> impl Iterator<Item = Link<'_>> {
        let links = self.prose().flat_map(|(line, text)| {
            let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
            targets.map(move |(target, _)| Link { target, line })
        });
        links.filter(|link| !link.target.contains("://"))
    }

    /// The inline code of the prose, with the numbers of its lines.
    pub fn inline_code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.prose().flat_map(|(line, text)| text.split('`').skip(1).step_by(2).map(move |code| (line, code)))
    }

    /// What headings are called in links.
    pub fn anchors(&self) -> Vec<String> {
        let headings = self.prose().filter(|(_, line)| line.starts_with('#'));
        headings.map(|(_, line)| anchor(line.trim_start_matches('#').trim())).collect()
    }
}

/// How a link names a heading: lower case, hyphens for spaces, no punctuation.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.flat_map(char::to_lowercase).map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

/// The key and the value of `<!-- key: value -->`.
fn comment(line: &str) -> Option<(String, String)> {
    let (key, value) = line.strip_prefix("<!--")?.strip_suffix("-->")?.split_once(':')?;
    Some((key.trim().to_owned(), value.trim().to_owned()))
}

/// Every page of the repository's root and of `docs`, by name.
pub fn all() -> Vec<Page> {
    let mut names = Vec::new();
    for folder in ["", "docs"] {
        collect(&repository().join(folder), !folder.is_empty(), &mut names);
    }
    names.sort();
    let inside = |path: PathBuf| path.strip_prefix(repository()).unwrap().to_str().unwrap().to_owned();
    names.into_iter().map(|path| Page::read(&inside(path))).collect()
}

fn collect(folder: &Path, deep: bool, pages: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && deep {
            collect(&path, deep, pages);
        } else if path.extension().is_some_and(|ending| ending == "md") {
            pages.push(path);
        }
    }
}

#[test]
fn blocks_are_found_with_their_notes() {
    let text = "a\n<!-- not run: b -->\n```sh\nc\n```\n\n```text\nd\n```\ne\n```sh\n```\n".to_owned();
    let page = Page { name: String::new(), text };
    let blocks = page.blocks();
    let shape = |block: &Block| (block.language.clone(), block.first_line, block.follows, block.lines.join("\n"));
    assert_eq!(
        blocks.iter().map(shape).collect::<Vec<_>>(),
        [
            ("sh".to_owned(), 4, false, "c".to_owned()),
            ("text".to_owned(), 8, true, "d".to_owned()),
            ("sh".to_owned(), 12, false, String::new()),
        ]
    );
    assert_eq!((blocks[0].note("not run"), blocks[1].note("not run")), (Some("b"), None));
}
