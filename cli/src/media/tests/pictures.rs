//! Picture files of many kinds.

use std::fs;
use std::path::Path;

use super::{Studio, assert_near, color, read};
use crate::media::{Kind, Media, kind_of, read_picture};

/// Red, green and blue of the pictures.
const COLOR: [u8; 3] = [200, 120, 60];

#[test]
fn pictures_of_every_kind_show_the_same_color() {
    let Some(studio) = Studio::open() else { return };
    let picture = "-f lavfi -i color=0xc8783c:s=64x48:d=0.04 -frames:v 1";
    for (name, more) in [
        ("a.jpg", "-q:v 1 -pix_fmt yuvj420p"),
        ("b.jpg", "-q:v 1 -pix_fmt yuvj444p"),
        ("a.png", "-pix_fmt rgb24"),
        ("b.png", "-pix_fmt rgb48be"),
        ("c.png", "-pix_fmt rgba64be"),
        ("d.png", "-filter_complex split[a][b];[a]palettegen[p];[b][p]paletteuse"),
        ("a.tif", "-pix_fmt rgb24"),
        ("b.tif", "-pix_fmt rgb48le"),
        ("c.tif", "-pix_fmt pal8 -filter_complex split[a][b];[a]palettegen[p];[b][p]paletteuse"),
        ("a.bmp", "-pix_fmt bgr24"),
        ("a.webp", "-c:v libwebp -lossless 1"),
        ("a.gif", "-update 1 -filter_complex split[a][b];[a]palettegen[p];[b][p]paletteuse"),
        ("a.jp2", "-pix_fmt rgb24"),
        ("a.jxl", "-c:v libjxl -distance 0 -pix_fmt rgb24 -update 1"),
        ("a.avif", "-c:v libaom-av1 -crf 5 -cpu-used 8 -pix_fmt yuv444p"),
        ("a.ppm", "-update 1"),
        ("a.qoi", "-update 1 -pix_fmt rgb24"),
    ] {
        let path = match studio.try_make(&format!("{picture} {more}"), name) {
            Ok(path) => path,
            Err(said) => {
                eprintln!("skipped: {name}: {said}");
                continue;
            }
        };
        assert_eq!(kind_of(&path).unwrap(), Kind::Picture, "{name}");
        let picture = read_picture(&path).unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(picture.size(), (64, 48), "{name}");
        assert_near(color(&picture, 30, 20), COLOR, 5, name);
    }
    for (name, more) in [("g.png", "-pix_fmt gray16be"), ("h.png", "-pix_fmt gray")] {
        let [red, green, blue] =
            color(&read_picture(&studio.make(&format!("{picture} {more}"), name)).unwrap(), 30, 20);
        assert!(red == green && green == blue && red.abs_diff(137) < 5, "{name}: {red} {green} {blue}");
    }
}

#[test]
fn the_name_of_a_file_does_not_count() {
    let Some(studio) = Studio::open() else { return };
    studio.make("-f lavfi -i color=0xc8783c:s=64x48 -frames:v 1 -pix_fmt rgb24", "a.png");
    fs::rename(studio.path("a.png"), studio.path("a.mp4")).unwrap();
    assert_eq!(kind_of(&studio.path("a.mp4")).unwrap(), Kind::Picture);
    studio.make("-f lavfi -i testsrc2=s=64x48:d=1:r=10 -c:v mpeg4", "b.mp4");
    fs::rename(studio.path("b.mp4"), studio.path("b.jpg")).unwrap();
    assert_eq!(read(&studio.path("b.jpg")).times_us.len(), 10);
}

#[test]
fn music_with_a_cover_is_no_video() {
    let Some(studio) = Studio::open() else { return };
    studio.make("-f lavfi -i color=0xc8783c:s=64x48 -frames:v 1", "cover.png");
    let line = "-f lavfi -i sine=d=1 -i cover.png -map 0 -map 1 -disposition:v attached_pic -c:v copy";
    let path = studio.make(line, "a.m4a");
    assert!(Media::open(&path).is_err());
}

#[test]
fn kinds_that_are_not_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        Media::open(&path).and_then(|mut media| media.next_picture().map(drop)).unwrap_err().to_string()
    };
    assert!(refused("a.pdf", b"%PDF-1.7\n").ends_with("a.pdf: PDF documents are not read; convert them to JPEG"));
    assert!(refused("a.svg", b"<svg xmlns='x'/>").ends_with("SVG drawings are not read; convert them to JPEG"));
    assert!(refused("a.cr2", b"II*\0\x10\0\0\0CR\x02\0").contains("CR2 camera raw pictures are not read"));
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
    let said = refused("a.heic", heic);
    assert!(said.contains("HEIC pictures") && said.contains("ffmpeg"), "{said}");
    assert_eq!(kind_of(Path::new("/dev/null")).unwrap(), Kind::Picture);
}

#[test]
fn a_folder_is_read_in_natural_order_and_tells_its_files() {
    let folder = tempfile::tempdir().unwrap();
    for index in [10, 9, 1, 2] {
        image::RgbImage::new(index, 1).save(folder.path().join(format!("f{index}.png"))).unwrap();
    }
    fs::write(folder.path().join("notes.txt"), "no picture").unwrap();
    fs::write(folder.path().join("clip.json"), "{\"fps\": 4}").unwrap();
    let mut media = Media::open(folder.path()).unwrap();
    let mut seen = Vec::new();
    while let Some(picture) = media.next_picture().unwrap() {
        seen.push((media.file().file_name().unwrap().to_owned(), media.time_us(), picture.size().0));
    }
    let expected = [("f1.png", 0, 1), ("f2.png", 250_000, 2), ("f9.png", 500_000, 9), ("f10.png", 750_000, 10)];
    assert_eq!(seen, expected.map(|(name, time_us, width)| (name.into(), time_us, width)));
}

#[test]
fn videos_tell_when_they_were_recorded() {
    let Some(studio) = Studio::open() else { return };
    let line = "-f lavfi -i testsrc2=s=64x48:d=0.2:r=10 -metadata creation_time=2021-06-01T12:00:00Z -c:v mpeg4";
    let media = Media::open(&studio.make(line, "a.mp4")).unwrap();
    assert_eq!(media.captured().and_then(|captured| captured.wall_ms()), Some(1_622_548_800_000));
    let line = "-f lavfi -i testsrc2=s=64x48:d=0.2:r=10 -c:v mpeg4";
    assert_eq!(Media::open(&studio.make(line, "b.mp4")).unwrap().captured(), None);
}
