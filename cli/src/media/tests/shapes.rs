//! Shapes of frames: pixels that are not square, rotation, fields, odd sizes.

use super::{Studio, assert_near, color, read};

#[test]
fn pixels_become_square() {
    let Some(studio) = Studio::open() else { return };
    for (size, aspect, expected) in [
        ("480x360", "4/3", (640, 360)),
        ("320x480", "1/2", (320, 960)),
        ("720x576", "16/15", (768, 576)),
        ("64x48", "1/1", (64, 48)),
        ("64x48", "0/1", (64, 48)),
    ] {
        for (name, codec) in [("a.mp4", "libx264"), ("a.mkv", "mpeg4"), ("a.avi", "mpeg4"), ("a.mpg", "mpeg2video")] {
            if (name == "a.mpg" && expected != (768, 576)) || (name == "a.avi" && aspect != "1/1") {
                continue;
            }
            let line = format!("-f lavfi -i testsrc2=s={size}:d=0.2:r=25,setsar={aspect} -c:v {codec}");
            let video = read(&studio.make(&line, name));
            assert_eq!(video.pictures[0].size(), expected, "{name} {size} {aspect}");
        }
    }
}

#[test]
fn rotated_films_are_upright() {
    let Some(studio) = Studio::open() else { return };
    // The left half is red, the right half blue.
    let line = "-f lavfi -i color=red:s=80x60:d=0.2,drawbox=x=40:w=40:t=fill:c=blue -c:v libx264 -pix_fmt yuv420p";
    let flat = std::fs::read(studio.make(line, "flat.mp4")).unwrap();
    let bytes = |rows: [i32; 4]| {
        let [a, b, c, d] = rows.map(|value| value << 16);
        [a, b, 0, c, d, 0, 0, 0, 1 << 30].into_iter().flat_map(i32::to_be_bytes).collect::<Vec<u8>>()
    };
    // The first identity matrix is that of the film, the second that of the track.
    let identity = bytes([1, 0, 0, 1]);
    let track = flat.windows(identity.len()).enumerate().filter(|(_, window)| *window == identity).nth(1).unwrap().0;
    let corners = |rows: [i32; 4]| {
        let mut turned = flat.clone();
        turned[track..track + identity.len()].copy_from_slice(&bytes(rows));
        std::fs::write(studio.path("turned.mp4"), turned).unwrap();
        let video = read(&studio.path("turned.mp4"));
        let (width, height) = video.pictures[0].size();
        let red = |x: usize, y: usize| color(&video.pictures[0], x as u32, y as u32)[0] > 128;
        ((width, height), [red(5, 5), red(width - 6, 5), red(5, height - 6), red(width - 6, height - 6)])
    };
    assert_eq!(corners([1, 0, 0, 1]), ((80, 60), [true, false, true, false]));
    // Clockwise by a quarter, a half and three quarters, as phones write it.
    assert_eq!(corners([0, 1, -1, 0]), ((60, 80), [true, true, false, false]));
    assert_eq!(corners([-1, 0, 0, -1]), ((80, 60), [false, true, false, true]));
    assert_eq!(corners([0, -1, 1, 0]), ((60, 80), [false, false, true, true]));
}

#[test]
fn interlaced_films_have_no_combs() {
    let Some(studio) = Studio::open() else { return };
    // A bar moves to the right, so rows of the two fields differ.
    let bar = "-f lavfi -i color=black:s=160x96:d=1:r=50 -f lavfi -i color=white:s=16x96:d=1:r=50 \
               -filter_complex [0][1]overlay=x=4*n:y=0";
    let combs = |name: &str| {
        let video = read(&studio.path(name));
        let image = video.pictures[video.pictures.len() / 2].to_rgb();
        let differences = (0..image.height() - 1).flat_map(|y| (0..image.width()).map(move |x| (x, y)));
        let count = differences.filter(|&(x, y)| image.get_pixel(x, y)[1].abs_diff(image.get_pixel(x, y + 1)[1]) > 100);
        (video.times_us.len(), count.count())
    };
    studio.make(&format!("{bar},interlace=scan=tff:lowpass=0 -c:v mpeg2video -flags +ilme+ildct -q:v 2"), "fields.mpg");
    assert_eq!(combs("fields.mpg"), (25, 0));
    // The same without the mark is left as it is, so the test can fail.
    studio.make(&format!("{bar},interlace=scan=tff:lowpass=0,setfield=prog -c:v mpeg2video -q:v 2"), "marked.mpg");
    assert!(combs("marked.mpg").1 > 100, "{:?}", combs("marked.mpg"));
}

#[test]
fn odd_sizes_are_read() {
    let Some(studio) = Studio::open() else { return };
    for size in ["63x47", "65x48", "9x9"] {
        let (width, height) = size.split_once('x').map(|(w, h)| (w.parse().unwrap(), h.parse().unwrap())).unwrap();
        for format in ["yuv420p", "yuv444p10le", "gbrp", "gray"] {
            let line =
                format!("-f lavfi -i color=0xc87840:s={size}:d=0.1:r=20,format=gbrp -pix_fmt {format} -c:v ffv1");
            let video = read(&studio.make(&line, "a.mkv"));
            assert_eq!(video.pictures[0].size(), (width, height), "{format}");
            if format != "gray" {
                assert_near(color(&video.pictures[0], 0, 0), [0xc8, 0x78, 0x40], 3, &format!("{format} {size}"));
            }
        }
    }
}

#[test]
fn a_film_that_changes_its_size_is_read_to_its_end() {
    let Some(studio) = Studio::open() else { return };
    for (name, size) in [("small.webm", "64x48"), ("large.webm", "128x96")] {
        studio.make(&format!("-f lavfi -i testsrc2=s={size}:d=1:r=25 -c:v libvpx"), name);
    }
    std::fs::write(studio.path("list"), "file small.webm\nfile large.webm\nfile small.webm\n").unwrap();
    for name in ["all.webm", "all.mkv"] {
        let video = read(&studio.make("-f concat -i list -c copy", name));
        assert_eq!(video.times_us.len(), 75, "{name}");
        assert!(video.pictures.iter().all(|picture| picture.size() == (64, 48)), "{name}");
    }
}
