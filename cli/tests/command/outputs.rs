//! Outputs destroy nothing: pipes and devices are written into, links are followed, inputs are refused as outputs, an
//! old file stays until the new one is complete, and only the owner can read personal data.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

use crate::heads::safetensors;
use crate::main_job::{enroll_wanda, small_set};
use crate::support::{Sandbox, Started, fixture, make_fifo, refusal};

const HEADER: &str = "path,frame,time_s,x,y";

/// Arguments of any kind.
type Words<'a> = [&'a dyn AsRef<OsStr>];

fn arguments(list: &Words<'_>) -> Vec<OsString> {
    list.iter().map(|argument| argument.as_ref().to_owned()).collect()
}

/// Writes a small picture with a face into the sandbox as `name`.
fn picture(sandbox: &Sandbox, name: &str) -> PathBuf {
    let path = sandbox.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::copy(fixture("adapt/woman/learn/happy/0300.jpg"), &path).unwrap();
    path
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Returns the names in `folder`, including hidden files.
fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

/// Runs the script `sh` with the path of the command as `$0` and `more` as `$1` and following.
fn shell(sandbox: &Sandbox, script: &str, more: &Words<'_>) -> Output {
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_mien")).args(arguments(more));
    command.env("MIEN_STORE", sandbox.path("store")).env_remove("MIEN_STORE_KEY").output().unwrap()
}

#[test]
fn an_output_goes_through_links_to_what_they_name() {
    let sandbox = Sandbox::new();
    let picture = picture(&sandbox, "p.jpg");
    fs::create_dir(sandbox.path("tables")).unwrap();
    // A link to a link to a file, first missing, then existing.
    symlink("tables/second.csv", sandbox.path("first.csv")).unwrap();
    symlink("third.csv", sandbox.path("tables/second.csv")).unwrap();
    for _ in 0..2 {
        sandbox.ok(arguments(&[&"analyze", &picture, &"--csv", &sandbox.path("first.csv")]));
        assert!(sandbox.path("first.csv").is_symlink() && sandbox.path("tables/second.csv").is_symlink());
        let table = sandbox.path("tables/third.csv");
        assert!(!table.is_symlink() && fs::read_to_string(&table).unwrap().starts_with(HEADER));
        assert_eq!(names(&sandbox.path("tables")), ["second.csv", "third.csv"]);
    }
    symlink("round", sandbox.path("round")).unwrap();
    sandbox.refused(arguments(&[&"analyze", &picture, &"--csv", &sandbox.path("round")]), "round");
    // A folder behind a link.
    fs::create_dir(sandbox.path("drawn")).unwrap();
    symlink("drawn", sandbox.path("link")).unwrap();
    sandbox.ok(arguments(&[&"analyze", &picture, &"--annotate", &sandbox.path("link")]));
    assert!(sandbox.path("link").is_symlink());
    assert_eq!(names(&sandbox.path("drawn")), ["p.png"]);
}

/// Runs the command with `list`, in which `PIPE` is a named pipe, and returns the data read from it.
fn through_a_pipe(sandbox: &Sandbox, list: &Words<'_>) -> Vec<u8> {
    let pipe = sandbox.path("pipe");
    let _ = fs::remove_file(&pipe);
    make_fifo(&pipe);
    let place = |argument: OsString| if argument == "PIPE" { pipe.clone().into_os_string() } else { argument };
    let arguments = arguments(list).into_iter().map(place);
    let from = pipe.clone();
    let reader = thread::spawn(move || fs::read(from).unwrap());
    let output = Started::new(sandbox.command().args(arguments)).ends_within(Duration::from_secs(60));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo(), "the pipe is still one");
    reader.join().unwrap()
}

#[test]
fn an_output_goes_into_pipes_and_sockets() {
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    let picture = picture(&sandbox, "p.jpg");
    sandbox.ok(arguments(&[&"analyze", &picture, &"--timeline", &"--start-time", &"2026-11-23T14:00:00Z"]));
    let head = sandbox.path("small.safetensors");
    fs::write(&head, safetensors(&[("weight", &[2, 3], vec![0.5; 6])], None)).unwrap();
    let import: [&dyn AsRef<OsStr>; 9] =
        [&"heads", &"import", &head, &"--head", &"logistic", &"--labels", &"a,b", &"--out", &"PIPE"];
    let file = sandbox.path("written.head");
    let outputs: [(&Words<'_>, &[u8]); 5] = [
        (&[&"analyze", &picture, &"--csv", &"PIPE"], HEADER.as_bytes()),
        (&[&"timeline", &"Wanda", &"--csv", &"PIPE"], b"start_ms"),
        (&[&"timeline", &"Wanda", &"--plot", &"PIPE"], b"<svg"),
        (&[&"users", &"export", &"Wanda", &"PIPE", &"--plain"], b"MPRO"),
        (&import, b""),
    ];
    for (list, start) in outputs {
        let bytes = through_a_pipe(&sandbox, list);
        assert!(!bytes.is_empty() && bytes.starts_with(start), "{} bytes", bytes.len());
    }
    sandbox.ok(arguments(&import[..8]).into_iter().chain([file.clone().into_os_string()]));
    assert_eq!(through_a_pipe(&sandbox, &import), fs::read(file).unwrap());

    let socket = sandbox.path("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    let reader = thread::spawn(move || {
        let mut text = String::new();
        listener.accept().unwrap().0.read_to_string(&mut text).unwrap();
        text
    });
    sandbox.ok(arguments(&[&"analyze", &picture, &"--csv", &socket]));
    assert!(fs::symlink_metadata(&socket).unwrap().file_type().is_socket());
    assert!(reader.join().unwrap().starts_with(HEADER));
}

#[test]
fn a_pipe_that_nobody_reads_can_be_interrupted() {
    let sandbox = Sandbox::new();
    let (picture, pipe) = (picture(&sandbox, "p.jpg"), sandbox.path("pipe"));
    make_fifo(&pipe);
    let child = Started::new(sandbox.command().args(arguments(&[&"analyze", &picture, &"--csv", &pipe])));
    thread::sleep(Duration::from_secs(2));
    child.signal("INT");
    let output = child.ends_within(Duration::from_secs(2));
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn standard_output_is_an_output() {
    let sandbox = Sandbox::new();
    let (picture, link) = (picture(&sandbox, "p.jpg"), sandbox.path("out"));
    // A copy of /dev/stdout, where a mistake does no harm.
    symlink("/proc/self/fd/1", &link).unwrap();
    for file in [OsStr::new("-"), link.as_os_str()] {
        let output = sandbox.run(arguments(&[&"analyze", &picture, &"--csv", &file]));
        let (table, said) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert!(output.status.success() && table.starts_with(HEADER) && table.lines().count() == 2, "{table}{said}");
        assert!(said.contains("face at") && said.contains("wrote"), "people read it on standard error: {said}");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
    // It may be a file that the caller has opened, whose content is kept.
    let table = sandbox.path("table.csv");
    fs::write(&table, "before\n").unwrap();
    for script in [
        "exec \"$0\" analyze \"$1\" --csv \"$3\" >> \"$2\" 2>&1",
        "exec \"$0\" analyze \"$1\" --csv \"$2\" >> \"$2\" 2> /dev/null",
        "exec \"$0\" analyze \"$1\" --csv /dev/fd/3 3>> \"$2\"",
    ] {
        let output = shell(&sandbox, script, &[&picture, &table, &link]);
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let text = fs::read_to_string(&table).unwrap();
    assert!(text.starts_with("before\n"), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with(HEADER)).count(), 3, "{text}");

    enroll_wanda(&sandbox);
    sandbox.refused(["timeline", "Wanda", "--csv", "-", "--json"], "standard output is used by --json");
    sandbox.refused(["timeline", "Wanda", "--csv", "-", "--plot", "-"], "standard output is used by another output");
    let exported = sandbox.run(["users", "export", "Wanda", "-", "--plain"]).stdout;
    fs::write(sandbox.path("wanda.mien"), exported).unwrap();
    let other = Sandbox::new();
    assert_eq!(other.ok(arguments(&[&"users", &"import", &sandbox.path("wanda.mien")])), "imported Wanda\n");
}

/// Runs in a separate mount namespace, so that a mistake cannot reach the devices of the machine.
#[test]
fn devices_stay_devices() {
    let sandbox = Sandbox::new();
    let picture = picture(&sandbox, "p.jpg");
    let script = "mount -t tmpfs none /dev && mknod /dev/null c 1 3 && ln -s /proc/self/fd /dev/fd \
        && ln -s /proc/self/fd/1 /dev/stdout && ln -s /proc/self/fd/2 /dev/stderr || exit 77
        \"$0\" analyze \"$1\" --csv /dev/stdout && \"$0\" analyze \"$1\" --csv /dev/null \
        && \"$0\" analyze \"$1\" --csv /dev/stderr && test -c /dev/null && test -L /dev/stdout && test -L /dev/stderr";
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", script, env!("CARGO_BIN_EXE_mien")]).arg(picture);
    match command.env("MIEN_STORE", sandbox.path("store")).output() {
        Ok(output) if output.status.success() => {
            let (said, complained) =
                (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
            assert!(said.starts_with(HEADER) && complained.contains(HEADER), "{said}{complained}");
        }
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.code() == Some(77) || said.contains("unshare"), "{said}");
            eprintln!("skipped: no devices of its own: {said}");
        }
        Err(error) => eprintln!("skipped: unshare: {error}"),
    }
}

#[test]
fn an_input_is_never_an_output() {
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    let (first, second) = (picture(&sandbox, "in/a.png"), picture(&sandbox, "in/b.jpg"));
    let clip = sandbox.path("clip");
    fs::create_dir(&clip).unwrap();
    picture(&sandbox, "clip/1.jpg");
    fs::hard_link(&first, sandbox.path("hard.csv")).unwrap();
    symlink("in/a.png", sandbox.path("soft.csv")).unwrap();
    let (key, head) = (sandbox.path("key"), sandbox.path("small.safetensors"));
    fs::write(&key, [7; 32]).unwrap();
    fs::write(&head, safetensors(&[("weight", &[2, 3], vec![0.5; 6])], None)).unwrap();
    let set = small_set(&sandbox);
    let (index, member) = (set.join("index.csv"), set.join("o-happy-1-obama.jpg"));
    let store = sandbox.path("store/users.mien");
    let film = sandbox.path("ravdess/01-01-03-01-01-01-01.mp4");
    fs::create_dir_all(film.parent().unwrap()).unwrap();
    fs::write(&film, "1").unwrap();
    fs::write(film.with_file_name("01-01-03-01-01-01-02.mp4"), "2").unwrap();
    fs::create_dir(sandbox.path("report")).unwrap();
    fs::hard_link(&film, sandbox.path("report/report.md")).unwrap();
    let folder = |path: &Path| path.parent().unwrap().to_path_buf();
    let before = contents(sandbox.folder.path());
    let read = "is an input, which the output would destroy";
    let cases: [(&Words<'_>, &str); 15] = [
        (&[&"analyze", &first, &second, &"--csv", &first], read),
        (&[&"analyze", &first, &second, &"--csv", &sandbox.path("in/../in/a.png")], read),
        (&[&"analyze", &first, &"--csv", &sandbox.path("hard.csv")], read),
        (&[&"analyze", &first, &"--csv", &sandbox.path("soft.csv")], read),
        (&[&"analyze", &first, &"--annotate", &folder(&first)], read),
        (&[&"analyze", &clip, &"--csv", &clip.join("1.jpg")], read),
        (&[&"analyze", &second, &"--csv", &store], "is a file of the user store"),
        (&[&"analyze", &second, &"--csv", &sandbox.path("store/users.mien.new")], "is a file of the user store"),
        (&[&"analyze", &second, &"--csv", &key, &"--store-key", &key], read),
        (&[&"timeline", &"Wanda", &"--csv", &store], "is a file of the user store"),
        (&[&"timeline", &"Wanda", &"--csv", &sandbox.path("t.svg"), &"--plot", &sandbox.path("t.svg")], "two outputs"),
        (&[&"heads", &"import", &head, &"--head", &"logistic", &"--labels", &"a,b", &"--out", &head], read),
        (&[&"train", &"--data", &set, &"--out", &index], read),
        (&[&"train", &"--data", &set, &"--out", &member], read),
        (
            &[
                &"eval",
                &"ravdess",
                &"--data",
                &folder(&film),
                &"--split",
                &"statement",
                &"--report",
                &sandbox.path("report"),
            ],
            read,
        ),
    ];
    for (list, message) in cases {
        sandbox.refused(arguments(list), message);
    }
    assert!(contents(sandbox.folder.path()) == before, "nothing has changed");
    assert!(sandbox.ok(["users", "list"]).starts_with("Wanda: 3 embeddings"));
}

/// Returns every file under `folder` with its content; of the store, which changes whenever it is opened, only the
/// name.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(contents(&path));
        } else {
            let is_store = path.ends_with("store/users.mien");
            files.push((path.clone(), if is_store { Vec::new() } else { fs::read(&path).unwrap() }));
        }
    }
    files.sort();
    files
}

#[test]
fn inputs_of_one_name_have_drawings_of_their_own() {
    let sandbox = Sandbox::new();
    let inputs = [
        picture(&sandbox, "a/img.jpg"),
        picture(&sandbox, "b/img.jpg"),
        picture(&sandbox, "b/img-2.jpg"),
        picture(&sandbox, "c/IMG.png"),
        picture(&sandbox, "c/x-sheet.jpg"),
    ];
    let clip = sandbox.path("x");
    fs::create_dir(&clip).unwrap();
    picture(&sandbox, "x/0.jpg");
    let out = sandbox.path("out");
    let list = inputs.iter().chain([&clip, &inputs[0]]).map(|path| path.as_os_str().to_owned());
    let start: Vec<OsString> = ["analyze".into(), "--frames".into()].into_iter().chain(list).collect();
    sandbox.ok(start.iter().cloned().chain(arguments(&[&"--annotate", &out])));
    let expected = [
        "IMG-3.png",
        "img-2-2.png",
        "img-2.png",
        "img-4.png",
        "img.png",
        "x-2-sheet.png",
        "x-2-timeline.png",
        "x-2-timeline.svg",
        "x-sheet.png",
    ];
    assert_eq!(names(&out), expected);
    // The same run again has the same names.
    sandbox.ok(start.into_iter().chain(arguments(&[&"--annotate", &out])));
    assert_eq!(names(&out), expected);
}

#[test]
fn a_place_that_takes_no_output_is_known_before_the_work() {
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    // Analyzing this file would fail, so naming the output shows that the work has not begun.
    let damaged = sandbox.path("damaged.png");
    fs::write(&damaged, b"\x89PNG\r\n\x1a\n").unwrap();
    let set = sandbox.path("set");
    fs::create_dir(&set).unwrap();
    fs::copy(&damaged, set.join("damaged.png")).unwrap();
    fs::write(set.join("index.csv"), "path,subject,emotion\ndamaged.png,s,happy\n").unwrap();
    let (gone, file) = (sandbox.path("gone/new.csv"), sandbox.path("file"));
    fs::write(&file, "older").unwrap();
    let in_file = file.join("x.csv");
    let before = names(sandbox.folder.path());
    let cases: [(&Words<'_>, &str); 7] = [
        (&[&"analyze", &damaged, &"--csv", &gone], "new.csv"),
        (&[&"analyze", &damaged, &"--csv", &in_file], "x.csv"),
        (&[&"analyze", &damaged, &"--csv", &set], "is a folder"),
        (&[&"analyze", &damaged, &"--annotate", &file], "is not a folder"),
        (&[&"train", &"--data", &set, &"--out", &gone], "new.csv"),
        (&[&"eval", &"adaptation", &"--data", &set, &"--report", &in_file], "is not a folder"),
        (&[&"timeline", &"Wanda", &"--csv", &sandbox.path("t.csv"), &"--plot", &sandbox.path("t.jpg")], "t.jpg"),
    ];
    for (list, message) in cases {
        let output = sandbox.run(arguments(list));
        refusal(&output, message);
        assert!(!String::from_utf8_lossy(&output.stderr).contains("damaged"), "{list:?}", list = arguments(list));
    }
    // An unprivileged user also cannot write protected files.
    let (locked, protected) = (sandbox.path("locked"), sandbox.path("protected.csv"));
    fs::create_dir(&locked).unwrap();
    set_mode(&locked, 0o555);
    fs::write(&protected, "older").unwrap();
    set_mode(&protected, 0o444);
    if fs::write(locked.join("probe"), "").is_err() {
        sandbox.refused(arguments(&[&"analyze", &damaged, &"--csv", &locked.join("x.csv")]), "x.csv");
        sandbox.refused(arguments(&[&"analyze", &damaged, &"--annotate", &locked.join("out")]), "locked");
        sandbox.refused(arguments(&[&"analyze", &damaged, &"--csv", &protected]), "protected.csv");
    }
    let _ = fs::remove_file(locked.join("probe"));
    fs::remove_dir(&locked).unwrap();
    fs::remove_file(protected).unwrap();
    assert_eq!(names(sandbox.folder.path()), before, "and nothing was made");
    assert_eq!(fs::read_to_string(&file).unwrap(), "older");
}

#[test]
fn personal_data_is_its_owners_alone() {
    let sandbox = Sandbox::new();
    fs::remove_dir(sandbox.path("store")).unwrap();
    let open = |list: &Words<'_>| {
        let output = shell(&sandbox, "umask 0; exec \"$0\" \"$@\"", list);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let pictures =
        ["sad/0018", "happy/0300", "happy/0332"].map(|name| fixture(&format!("adapt/woman/learn/{name}.jpg")));
    open(&[&"enroll", &"Wanda", &pictures[0], &pictures[1], &pictures[2]]);
    assert_eq!(mode(&sandbox.path("store")), 0o700);
    let start = "2026-11-23T14:00:00Z";
    let (csv, drawn) = (sandbox.path("faces.csv"), sandbox.path("new/drawn"));
    let wide = sandbox.path("wide.csv");
    fs::write(&wide, "older").unwrap();
    set_mode(&wide, 0o666);
    open(&[&"analyze", &pictures[1], &"--timeline", &"--start-time", &start, &"--csv", &csv, &"--annotate", &drawn]);
    open(&[&"analyze", &pictures[1], &"--csv", &wide]);
    let [table, svg, png, user, sealed] = ["t.csv", "t.svg", "t.png", "user", "sealed"].map(|name| sandbox.path(name));
    open(&[&"timeline", &"Wanda", &"--csv", &table, &"--plot", &svg]);
    open(&[&"timeline", &"Wanda", &"--plot", &png]);
    open(&[&"users", &"export", &"Wanda", &user, &"--plain"]);
    let secret = sandbox.path("secret");
    fs::write(&secret, "correct horse battery staple\n").unwrap();
    open(&[&"users", &"export", &"Wanda", &sealed, &"--passphrase-file", &secret]);
    for file in [&csv, &wide, &drawn.join("0300.png"), &table, &svg, &png, &user, &sealed] {
        assert_eq!(mode(file), 0o600, "{}", file.display());
    }
    assert_eq!((mode(&drawn), mode(&sandbox.path("new"))), (0o700, 0o700));
    // A file with fewer permissions keeps them.
    set_mode(&wide, 0o200);
    open(&[&"analyze", &pictures[1], &"--csv", &wide]);
    assert_eq!(mode(&wide), 0o200);

    // A report names users; a head is not personal data, so the umask applies.
    let (set, report, head) = (small_set(&sandbox), sandbox.path("report"), sandbox.path("my.head"));
    open(&[&"eval", &"adaptation", &"--data", &set, &"--report", &report]);
    assert_eq!(mode(&report), 0o700);
    for name in ["report.md", "report.json", "users.png", "users.svg"] {
        assert_eq!(mode(&report.join(name)), 0o600, "{name}");
    }
    let weights = sandbox.path("small.safetensors");
    fs::write(&weights, safetensors(&[("weight", &[2, 3], vec![0.5; 6])], None)).unwrap();
    for (umask, expected) in [("022", 0o644), ("077", 0o600), ("007", 0o600)] {
        let list: [&dyn AsRef<OsStr>; 9] =
            [&"heads", &"import", &weights, &"--head", &"logistic", &"--labels", &"a,b", &"--out", &head];
        let output = shell(&sandbox, &format!("umask {umask}; exec \"$0\" \"$@\""), &list);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(mode(&head), expected, "umask {umask}: the file that is replaced may narrow it");
    }
}

#[test]
fn a_demo_replaces_its_own_folder_alone_and_at_its_end() {
    let sandbox = Sandbox::new();
    let (material, out) = (fixture(""), sandbox.path("demo"));
    let list = arguments(&[&"demo", &"--material", &material, &"--out", &out]);
    fs::create_dir(&out).unwrap();
    fs::write(out.join("made-by-mien-demo.txt"), "").unwrap();
    fs::write(out.join("holiday.jpg"), "mine").unwrap();
    sandbox.refused(&list, "holiday.jpg is not a demo's");
    fs::remove_file(out.join("holiday.jpg")).unwrap();
    fs::write(out.join("demo.json"), "earlier").unwrap();
    // If interrupted once or twice, it leaves only the earlier folder.
    for times in [1, 2] {
        let child = Started::new(sandbox.command().args(&list));
        let started = std::time::Instant::now();
        while !names(sandbox.folder.path()).iter().any(|name| name.starts_with(".mien-")) {
            assert!(started.elapsed() < Duration::from_secs(60), "the demo does not begin");
            thread::sleep(Duration::from_millis(10));
        }
        thread::sleep(Duration::from_millis(200));
        for _ in 0..times {
            child.signal("INT");
            thread::sleep(Duration::from_millis(20));
        }
        let output = child.ends_within(Duration::from_secs(5));
        assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(names(sandbox.folder.path()), ["demo", "store"]);
        assert_eq!(names(&out), ["demo.json", "made-by-mien-demo.txt"]);
    }
    // A link to the folder stays one.
    fs::rename(&out, sandbox.path("real")).unwrap();
    symlink("real", &out).unwrap();
    sandbox.ok(&list);
    assert!(out.is_symlink() && fs::metadata(sandbox.path("real/demo.json")).unwrap().size() > 100);
    assert_eq!(
        (names(sandbox.folder.path()), mode(&sandbox.path("real"))),
        (vec!["demo".into(), "real".into(), "store".into()], 0o700)
    );
}
