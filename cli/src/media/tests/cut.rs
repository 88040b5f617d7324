//! Films that are cut off or damaged, and films that are not.

use std::fs;

use super::{Studio, read};

/// Ways to make a film of 100 frames, each with the name of its file.
const FILMS: [(&str, &str); 6] = [
    ("a.mp4", "-c:v libx264 -g 10 -movflags +faststart"),
    ("a.mkv", "-c:v libx264 -g 10"),
    ("a.webm", "-c:v libvpx -g 10 -b:v 1M"),
    ("a.avi", "-c:v mpeg4 -g 10"),
    ("a.flv", "-c:v flv -g 10"),
    ("b.mov", "-c:v mjpeg -movflags +faststart"),
];

fn film(studio: &Studio, how: &str, name: &str) -> Vec<u8> {
    let line = format!("-f lavfi -i testsrc2=s=160x120:d=4:r=25 -f lavfi -i sine=d=4 {how}");
    fs::read(studio.make(&line, name)).unwrap()
}

#[test]
fn films_that_are_cut_off_are_read_as_far_as_they_go() {
    let Some(studio) = Studio::open() else { return };
    for (name, how) in FILMS {
        let whole = film(&studio, how, name);
        assert_eq!(read(&studio.path(name)).shortfall, None, "{name}");
        for percent in [40, 60, 90] {
            let cut = studio.path(&format!("cut{percent}-{name}"));
            fs::write(&cut, &whole[..whole.len() * percent / 100]).unwrap();
            let video = read(&cut);
            let frames = video.times_us.len();
            assert!((5..100).contains(&frames), "{name} {percent} %: {frames}");
            let said = video.shortfall.unwrap_or_else(|| panic!("{name} {percent} %: {frames} frames and no word"));
            // The header of the AVI file counts one more.
            let expected = [100, 101].map(|whole| format!("{frames} of about {whole} frames; the file is cut off"));
            assert!(expected.contains(&said), "{name} {percent} %: {said}");
        }
    }
}

#[test]
fn transport_streams_that_are_cut_off_say_so() {
    let Some(studio) = Studio::open() else { return };
    let whole = film(&studio, "-c:v libx264 -g 10", "a.ts");
    assert_eq!(read(&studio.path("a.ts")).shortfall, None);
    fs::write(studio.path("cut.ts"), &whole[..whole.len() / 2]).unwrap();
    let video = read(&studio.path("cut.ts"));
    let frames = video.times_us.len();
    assert!((20..80).contains(&frames), "{frames}");
    assert_eq!(video.shortfall, Some(format!("{frames} frames; the file is cut off")));
}

#[test]
fn recordings_that_were_not_closed_are_whole_or_cut() {
    let Some(studio) = Studio::open() else { return };
    // Live streams state no size and no duration.
    for (name, how) in [
        ("a.webm", "-c:v libvpx -g 10 -b:v 1M -live 1"),
        ("a.mp4", "-c:v libx264 -g 10 -movflags frag_keyframe+empty_moov+default_base_moof"),
    ] {
        let whole = film(&studio, how, name);
        let video = read(&studio.path(name));
        assert_eq!((video.times_us.len(), video.shortfall), (100, None), "{name}");
        fs::write(studio.path(name), &whole[..whole.len() / 2]).unwrap();
        let video = read(&studio.path(name));
        assert!((10..90).contains(&video.times_us.len()), "{name}: {}", video.times_us.len());
        let said = video.shortfall.unwrap_or_else(|| panic!("{name}: no word"));
        assert!(said.ends_with("the file is cut off"), "{name}: {said}");
    }
}

#[test]
fn frames_that_cannot_be_decoded_are_counted() {
    let Some(studio) = Studio::open() else { return };
    film(&studio, "-c:v mpeg4 -q:v 12", "clean.avi");
    let video = read(&studio.make("-i clean.avi -c copy -bsf:v noise=amount=80", "noisy.avi"));
    let said = video.shortfall.expect("a word about it");
    assert!(said.contains("could not be decoded"), "{said}");
    // The rest of a file that was not copied is zeros.
    let mut bytes = film(&studio, "-c:v libx264 -g 10 -movflags +faststart", "a.mp4");
    let half = bytes.len() / 2;
    bytes[half..].fill(0);
    fs::write(studio.path("zeros.mp4"), bytes).unwrap();
    let video = read(&studio.path("zeros.mp4"));
    let said = video.shortfall.expect("a word about it");
    assert!(said.contains("of about 100 frames") && said.contains("could not be decoded"), "{said}");
}

#[test]
fn whole_films_are_not_called_cut() {
    let Some(studio) = Studio::open() else { return };
    for (name, how) in [
        // Longer sound, shorter sound, a rate that varies, times of frames that are missing.
        ("a.mp4", "-c:v libx264 -t 3 -filter:v trim=duration=1"),
        ("b.mkv", "-c:v libx264 -filter:v select=not(mod(n\\,7)) -vsync vfr"),
        ("c.mp4", "-c:v libx264 -filter:v select=lt(n\\,10)+gt(n\\,90) -vsync vfr"),
        ("d.webm", "-c:v libvpx -auto-alt-ref 1 -lag-in-frames 10 -b:v 1M"),
        ("e.avi", "-c:v mpeg4 -bf 2 -bsf:v mpeg4_unpack_bframes"),
        ("f.ts", "-c:v libx264 -bf 3"),
        ("g.mov", "-c:v mjpeg -r 13"),
        ("h.wmv", "-c:v wmv2"),
        ("i.ogv", "-c:v libtheora -c:a libvorbis"),
        ("j.mpg", "-c:v mpeg1video"),
    ] {
        film(&studio, how, name);
        assert_eq!(read(&studio.path(name)).shortfall, None, "{name}");
    }
}
