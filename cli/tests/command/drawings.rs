//! Pictures, contact sheets and plots that `mien` draws.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use image::{RgbImage, imageops};

use crate::main_job::enroll_wanda;
use crate::support::{Sandbox, fixture};

/// Analyzes `input` and returns the folder with its drawings.
fn annotate(sandbox: &Sandbox, input: &Path) -> PathBuf {
    let out = sandbox.path("drawn");
    sandbox.ok([OsStr::new("analyze"), input.as_os_str(), OsStr::new("--annotate"), out.as_os_str()]);
    out
}

/// Enrolls a person with a name in another script.
fn enroll_ahmed(sandbox: &Sandbox) {
    let pictures = ["obama", "obama3"].map(|name| fixture(&format!("pictures/{name}.jpg")));
    sandbox
        .ok([OsStr::new("enroll"), OsStr::new("أحمد")].into_iter().chain(pictures.iter().map(|path| path.as_os_str())));
}

#[test]
fn every_face_has_its_bars() {
    let sandbox = Sandbox::new();
    let drawn = annotate(&sandbox, &fixture("pictures/multi_face.jpg")).join("multi_face.png");
    let drawn = image::open(drawn).unwrap().into_rgb8();
    // Five rows of a table below the picture, each with a full bar in the color of happy.
    let happy = |y: u32| (0..drawn.width()).filter(|&x| drawn.get_pixel(x, y).0 == [200, 135, 0]).count() > 40;
    let rows: Vec<bool> = (drawn.width() / 3..drawn.height()).map(happy).collect();
    assert_eq!(rows.chunk_by(|one, two| one == two).filter(|run| run[0]).count(), 5);
}

#[test]
fn a_picture_that_lies_on_its_side_is_drawn_upright() {
    let sandbox = Sandbox::new();
    let upright = fixture("pictures/obama2.jpg");
    let lying = sandbox.path("lying.png");
    imageops::rotate270(&image::open(&upright).unwrap().into_rgb8()).save(&lying).unwrap();
    let [one, two] = [(&upright, "obama2.png"), (&lying, "lying.png")]
        .map(|(input, name)| image::open(annotate(&sandbox, input).join(name)).unwrap().into_rgb8());
    assert_eq!(one.dimensions(), two.dimensions());
    // The boxes have the same places, within the detector's precision.
    let white = |image: &RgbImage| {
        let places = image.enumerate_pixels().filter(|(x, _, pixel)| *x < 500 && pixel.0 == [255; 3]);
        let (sum, count) = places.fold(([0, 0], 0), |([x, y], count), place| ([x + place.0, y + place.1], count + 1));
        sum.map(|sum| sum / count)
    };
    let [one, two] = [white(&one), white(&two)];
    assert!(one[0].abs_diff(two[0]) < 25 && one[1].abs_diff(two[1]) < 25, "{one:?} {two:?}");
}

#[test]
fn drawings_are_the_same_each_time() {
    let sandbox = Sandbox::new();
    let read = || {
        let out = annotate(&sandbox, &fixture("pictures/biden.jpg"));
        let bytes = fs::read(out.join("biden.png")).unwrap();
        fs::remove_dir_all(out).unwrap();
        bytes
    };
    assert_eq!(read(), read());
}

#[test]
fn two_people_of_a_clip_are_two_bands() {
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    enroll_ahmed(&sandbox);
    let clip = sandbox.path("clip & pair");
    fs::create_dir(&clip).unwrap();
    let open = |name: &str| image::open(fixture(name)).unwrap().resize_exact(360, 360, imageops::FilterType::Triangle);
    for (index, frame) in ["sad/0018", "happy/0300", "happy/0332"].iter().enumerate() {
        let mut pair = RgbImage::new(720, 360);
        imageops::replace(&mut pair, &open(&format!("adapt/woman/learn/{frame}.jpg")).into_rgb8(), 0, 0);
        if index < 2 {
            imageops::replace(&mut pair, &open("pictures/obama.jpg").into_rgb8(), 360, 0);
        }
        pair.save(clip.join(format!("{index}.png"))).unwrap();
    }
    let out = sandbox.path("drawn");
    let words =
        [OsStr::new("analyze"), OsStr::new("--frames"), clip.as_os_str(), OsStr::new("--annotate"), out.as_os_str()];
    sandbox.ok(words);
    let plot = fs::read_to_string(out.join("clip & pair-timeline.svg")).unwrap();
    for text in
        ["Wanda, seen in 3 frames of 3", "أحمد\u{2069}, seen in 2 frames of 3", ">clip &amp; pair: emotion per frame"]
    {
        assert!(plot.contains(text), "{text}: {plot}");
    }
}

#[test]
fn timelines_of_two_people_are_one_plot_with_buckets_that_fit() {
    let sandbox = Sandbox::new();
    enroll_wanda(&sandbox);
    enroll_ahmed(&sandbox);
    let (file, plot) = (sandbox.path("events.csv"), sandbox.path("plot.svg"));
    let mut table = "at_ms,duration_ms,label,adapted,p_neutral,p_happy\n".to_owned();
    (0..50).for_each(|hour| {
        table.push_str(&format!("{},0,happy,false,0.2,0.8\n", 1_780_272_000_000_u64 + hour * 3_600_000))
    });
    fs::write(&file, table).unwrap();
    for name in ["Wanda", "أحمد"] {
        sandbox.ok(["timeline", name, "--keep", "events=forever,minutes=forever,hours=forever"]);
        sandbox.ok([OsStr::new("timeline"), OsStr::new(name), OsStr::new("--import"), file.as_os_str()]);
    }
    let drawn = |options: &[&str]| {
        let words = ["timeline", "Wanda", "--plot"].into_iter().map(OsStr::new).chain([plot.as_os_str()]);
        let output = sandbox.run(words.chain(options.iter().map(OsStr::new)));
        assert!(output.status.success());
        (fs::read_to_string(&plot).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (both, said) = drawn(&["--with", "أحمد"]);
    assert!(both.contains(">Wanda<") && both.contains("أحمد") && both.matches("happy 80 %").count() == 2, "{both}");
    assert!(both.contains("events per hour") && said.is_empty(), "{said}");
    let (one, said) = drawn(&["--bucket", "second"]);
    assert!(one.contains("Emotions of Wanda") && one.contains("events per hour"), "{one}");
    assert!(said.contains("a bucket per second does not fit the plot, which shows one per hour"), "{said}");
    sandbox.refused(
        [
            OsStr::new("timeline"),
            OsStr::new("Wanda"),
            OsStr::new("--plot"),
            plot.as_os_str(),
            OsStr::new("--with"),
            OsStr::new("Eve"),
        ],
        "no user is called \"Eve\"",
    );
}
