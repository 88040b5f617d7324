//! `--pseudo-clips`: every report states what the clips are made from.

use std::ffi::OsStr;

use crate::main_job::{evaluate, small_set};
use crate::support::Sandbox;

const GROWN: &str = "pseudo-clips of 3 frames grown from stills";

#[test]
fn evaluations_name_what_their_clips_are() {
    let sandbox = Sandbox::new();
    let data = small_set(&sandbox);
    let given = evaluate(&sandbox, "adaptation", &data, &[]);
    assert_eq!((given["clips_from"].as_str(), given["pseudo_clips"].as_u64()), (Some("as given"), Some(0)));
    let grow = ["--pseudo-clips", "3", "--head", "self-attention"];
    let grown = evaluate(&sandbox, "adaptation", &data, &grow);
    assert_eq!((grown["clips_from"].as_str(), grown["pseudo_clips"].as_u64()), (Some(GROWN), Some(14)));
    assert_eq!((&grown["clips"], &grown["adapted_clips"]), (&given["clips"], &given["adapted_clips"]));
    let again = evaluate(&sandbox, "adaptation", &data, &grow);
    assert_eq!(
        (&grown["ece"], &grown["per_user"]),
        (&again["ece"], &again["per_user"]),
        "the same seed, the same clips"
    );
    let other = evaluate(&sandbox, "adaptation", &data, &[&grow[..], &["--seed", "1"]].concat());
    assert_ne!(grown["ece"], other["ece"]);

    let text = |more: &[&str]| {
        let start = ["eval".as_ref(), "adaptation".as_ref(), "--data".as_ref(), data.as_os_str()];
        sandbox.ok(start.into_iter().chain(more.iter().map(OsStr::new)))
    };
    assert!(text(&[]).contains("clips: as given\n"));
    assert!(text(&["--pseudo-clips", "3"]).contains(&format!("clips: {GROWN}\n")));
}

#[test]
fn a_head_learns_pseudo_clips_and_says_so() {
    let sandbox = Sandbox::new();
    let (data, file) = (small_set(&sandbox), sandbox.path("grown.head"));
    let train =
        ["train".as_ref(), "--force".as_ref(), "--data".as_ref(), data.as_os_str(), "--out".as_ref(), file.as_os_str()];
    let with = |more: &'static [&'static str]| train.into_iter().chain(more.iter().map(OsStr::new)).collect::<Vec<_>>();
    let report = sandbox.json(with(&["--pseudo-clips", "3", "--head", "single-attention", "--json"]));
    assert_eq!((report["clips_from"].as_str(), report["pseudo_clips"].as_u64()), (Some(GROWN), Some(14)));
    assert!(sandbox.ok(with(&["--pseudo-clips", "3"])).contains(&format!("clips: {GROWN}\n")));
    assert!(sandbox.ok(with(&[])).contains("clips: as given\n"));
    for more in [["--pseudo-clips", "1"], ["--pseudo-clips", "65"], ["--pseudo-clips", "many"]] {
        let arguments = train.into_iter().chain(more.map(OsStr::new));
        assert_eq!(sandbox.run(arguments).status.code(), Some(2), "{more:?}");
    }
}
