//! Times of frames.

use std::fs;

use super::{Studio, read};

/// Checks times in microseconds, which containers round to `unit_us`.
#[track_caller]
fn assert_times(found: &[u64], expected: impl IntoIterator<Item = u64>, unit_us: u64, what: &str) {
    let expected: Vec<_> = expected.into_iter().collect();
    assert_eq!(found.len(), expected.len(), "{what}: {found:?}");
    for (found, expected) in found.iter().zip(&expected) {
        assert!(found.abs_diff(*expected) <= unit_us, "{what}: {found} instead of {expected}");
    }
}

#[test]
fn frames_of_a_variable_rate_have_their_own_times() {
    let Some(studio) = Studio::open() else { return };
    // The n-th frame is shown at n^2 * 7 ms.
    let film = "-f lavfi -i testsrc2=s=64x48:d=1:r=20 -vf settb=1/1000,setpts=N*N*7 -vsync vfr -enc_time_base 1:1000";
    for (name, codec) in
        [("a.mp4", "libx264"), ("a.mkv", "libx264"), ("a.webm", "libvpx"), ("a.mov", "mjpeg"), ("b.mkv", "mpeg4")]
    {
        let video = read(&studio.make(&format!("{film} -c:v {codec}"), name));
        assert_times(&video.times_us, (0..20).map(|n| n * n * 7000), 1, name);
        assert_eq!(video.shortfall, None, "{name}");
    }
}

#[test]
fn constant_rates_are_exact() {
    let Some(studio) = Studio::open() else { return };
    for (rate, fps) in [("25", 25.0), ("30000/1001", 30_000.0 / 1001.0), ("60", 60.0), ("240", 240.0), ("2", 2.0)] {
        let line = format!("-f lavfi -i testsrc2=s=64x48:r={rate} -frames:v 30 -c:v libx264 -bf 2");
        let video = read(&studio.make(&line, "a.mp4"));
        assert_times(&video.times_us, (0..30).map(|n| (f64::from(n as u32) * 1e6 / fps) as u64), 1, rate);
        assert!((video.fps - fps).abs() < 1e-3 * fps, "{} for {rate}", video.fps);
        assert!(video.length.unwrap().abs_diff(30) <= 1, "{:?} for {rate}", video.length);
        assert_eq!(video.shortfall, None, "{rate}");
    }
}

#[test]
fn a_recording_of_a_browser_is_read_once() {
    let Some(studio) = Studio::open() else { return };
    // Whole milliseconds, no duration of frames, no duration of the file.
    let film = "-f lavfi -i testsrc2=s=64x48:d=3:r=30 -vf settb=1/1000,setpts=N*33+5*mod(N\\,3) -vsync vfr \
                -enc_time_base 1:1000 -r 1000 -c:v libvpx -live 1 -f webm";
    let video = read(&studio.make(&film.replace("-r 1000 ", ""), "a.webm"));
    assert_times(&video.times_us, (0..90).map(|n| 1000 * (33 * n + 5 * (n % 3))), 1, "times");
    assert!((video.fps - 30.0).abs() < 1.0, "{}", video.fps);
}

#[test]
fn a_film_that_begins_late_keeps_the_delay() {
    let Some(studio) = Studio::open() else { return };
    for name in ["a.mkv", "a.mp4"] {
        let line = "-f lavfi -i sine=d=3 -itsoffset 1.5 -f lavfi -i testsrc2=s=64x48:d=1:r=10 -map 0 -map 1 -c:v mpeg4 -vsync passthrough";
        let video = read(&studio.make(line, name));
        // Sound may begin some milliseconds before 0.
        assert_times(&video.times_us, (0..10).map(|n| 1_500_000 + 100_000 * n), 25_000, name);
        assert_eq!(video.shortfall, None, "{name}: the sound is longer");
    }
}

#[test]
fn clocks_that_do_not_begin_at_zero_are_set_back() {
    let Some(studio) = Studio::open() else { return };
    let line = "-f lavfi -i testsrc2=s=64x48:d=1:r=25 -output_ts_offset 3000 -c:v mpeg2video -bf 2";
    for name in ["a.ts", "a.mkv"] {
        let video = read(&studio.make(line, name));
        assert_times(&video.times_us, (0..25).map(|n| 40_000 * n), 1000, name);
        assert_eq!(video.shortfall, None, "{name}");
    }
}

#[test]
fn an_edit_list_leaves_frames_out() {
    let Some(studio) = Studio::open() else { return };
    studio.make("-f lavfi -i testsrc2=s=64x48:d=2:r=25 -c:v libx264 -g 50 -bf 2", "whole.mp4");
    let video = read(&studio.make("-ss 1 -i whole.mp4 -c copy", "edited.mp4"));
    assert_times(&video.times_us, (0..25).map(|n| 40_000 * n), 1000, "edited");
    assert_eq!(video.shortfall, None);
}

#[test]
fn times_that_jump_lose_no_frames() {
    let Some(studio) = Studio::open() else { return };
    let film = "-f lavfi -i testsrc2=s=64x48:d=1:r=25 -vsync passthrough -enc_time_base 1:1000 -c:v mjpeg \
                -vf settb=1/1000,setpts=";
    let forward = read(&studio.make(&format!("{film}40*N+60000*gte(N\\,10)"), "forward.mkv"));
    assert_times(&forward.times_us, (0..25).map(|n| 40_000 * n + if n < 10 { 0 } else { 60_000_000 }), 1, "forward");
    // Twice the same clock, one file after the other.
    let part = fs::read(studio.make("-f lavfi -i testsrc2=s=64x48:d=1:r=25 -c:v mpeg2video", "part.ts")).unwrap();
    fs::write(studio.path("twice.ts"), part.repeat(2)).unwrap();
    assert_eq!(read(&studio.path("twice.ts")).times_us.len(), 50);
}

#[test]
fn animations_and_streams_without_times_are_videos() {
    let Some(studio) = Studio::open() else { return };
    let film = "-f lavfi -i testsrc2=s=64x48:r=10 -frames:v 12";
    for (name, more) in [("a.gif", ""), ("a.h264", "-c:v libx264 -bf 0"), ("a.y4m", "")] {
        let video = read(&studio.make(&format!("{film} {more}"), name));
        assert_eq!((video.times_us.len(), video.times_us[0]), (12, 0), "{name}");
        assert_eq!(video.shortfall, None, "{name}");
    }
    let gif = read(&studio.path("a.gif"));
    assert_times(&gif.times_us, (0..12).map(|n| 100_000 * n), 1, "gif");
}
