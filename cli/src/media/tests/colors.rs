//! Colors of frames: pixel formats, matrices, ranges, high dynamic range.

use std::fs;

use super::{Studio, assert_near, color, read};

/// Red, green and blue of the films.
const COLOR: [u8; 3] = [200, 120, 60];

#[test]
fn every_pixel_format_shows_the_same_color() {
    let Some(studio) = Studio::open() else { return };
    let film = "-f lavfi -i color=0xc8783c:s=64x48:d=0.2:r=10,format=gbrp";
    for format in [
        "yuv420p",
        "yuv422p",
        "yuv444p",
        "yuv411p",
        "yuv420p10le",
        "yuv422p10le",
        "yuv444p10le",
        "yuv420p12le",
        "yuv444p12le",
        "yuv420p16le",
        "yuva420p",
        "yuva444p10le",
        "gbrp",
        "gbrp10le",
        "gbrp12le",
        "gbrap",
        "bgra",
        "rgb48le",
    ] {
        let video = read(&studio.make(&format!("{film},format={format} -c:v ffv1 -strict -2"), "a.mkv"));
        assert_near(color(&video.pictures[0], 30, 20), COLOR, 4, format);
        assert_eq!(video.shortfall, None, "{format}");
    }
    for (codec, name) in [("qtrle -pix_fmt argb", "a.mov"), ("png", "a.mov"), ("rawvideo -pix_fmt nv12", "a.nut")] {
        let video = read(&studio.make(&format!("{film} -c:v {codec}"), name));
        assert_near(color(&video.pictures[0], 30, 20), COLOR, 8, codec);
    }
    for format in ["gray", "gray10le", "gray16le"] {
        let video = read(&studio.make(&format!("{film},format={format} -c:v ffv1 -strict -2"), "a.mkv"));
        let [red, green, blue] = color(&video.pictures[0], 30, 20);
        assert!(red == green && green == blue && red.abs_diff(137) < 5, "{format}: {red} {green} {blue}");
    }
}

#[test]
fn matrix_and_range_are_those_of_the_file() {
    let Some(studio) = Studio::open() else { return };
    for (matrix, tag) in [
        ("bt601", "smpte170m"),
        ("bt601", "bt470bg"),
        ("bt709", "bt709"),
        ("fcc", "fcc"),
        ("smpte240m", "smpte240m"),
        ("bt2020", "bt2020nc"),
    ] {
        for range in ["tv", "pc"] {
            let scale = format!("scale=out_color_matrix={matrix}:out_range={range},format=yuv420p");
            let film = format!("-f lavfi -i color=0xc8783c:s=64x48:d=0.2:r=10,format=gbrp,{scale}");
            let tags = format!("-colorspace {tag} -color_range {range}");
            for (codec, name) in
                [("libx264 -qp 4", "a.mp4"), ("libx264 -qp 4", "a.mkv"), ("libvpx-vp9 -b:v 4M", "a.webm")]
            {
                let video = read(&studio.make(&format!("{film} -c:v {codec} {tags}"), name));
                assert_near(color(&video.pictures[0], 30, 20), COLOR, 6, &format!("{name} {tag} {range}"));
            }
        }
    }
}

#[test]
fn an_unspecified_matrix_is_chosen_by_size() {
    let Some(studio) = Studio::open() else { return };
    for (size, matrix) in [("640x480", "bt601"), ("1280x720", "bt709"), ("720x1280", "bt709")] {
        let line = format!(
            "-f lavfi -i color=0xc8783c:s={size}:d=0.2:r=10,format=gbrp,scale=out_color_matrix={matrix},format=yuv420p \
             -c:v libx264 -qp 4 -colorspace unknown"
        );
        let video = read(&studio.make(&line, "a.mp4"));
        assert_near(color(&video.pictures[0], 30, 20), COLOR, 6, size);
    }
    // MJPEG has the matrix of JPEG.
    let line = "-f lavfi -i color=0xc8783c:s=1280x720:d=0.2:r=10,format=gbrp -pix_fmt yuvj420p -c:v mjpeg -q:v 1";
    assert_near(color(&read(&studio.make(line, "a.avi")).pictures[0], 30, 20), COLOR, 6, "mjpeg");
}

/// Makes a film of one color in 10 bits with the tags of high dynamic range.
fn film(studio: &Studio, [y, u, v]: [u16; 3], transfer: &str, name: &str) -> [u8; 3] {
    let planes = [(y, 64 * 48), (u, 32 * 24), (v, 32 * 24)];
    let frame: Vec<u8> = planes.into_iter().flat_map(|(value, count)| value.to_le_bytes().repeat(count)).collect();
    fs::write(studio.path("frames"), frame.repeat(3)).unwrap();
    let line = format!(
        "-f rawvideo -pix_fmt yuv420p10le -s 64x48 -r 10 -i frames -c:v libx265 -x265-params log-level=none:qp=4 \
         -color_trc {transfer} -colorspace bt2020nc -color_primaries bt2020 -color_range tv"
    );
    color(&read(&studio.make(&line, name)).pictures[0], 30, 20)
}

#[test]
fn high_dynamic_range_is_shown_on_a_standard_display() {
    let Some(studio) = Studio::open() else { return };
    let signal = |value: f64| (64.0 + 876.0 * value).round() as u16;
    // Diffuse white of 203 cd/m2, a gray of a fifth of its light, black, and light of 10 000 cd/m2.
    for (transfer, white, gray) in [("smpte2084", 0.5807, 0.4213), ("arib-std-b67", 0.75, 0.456)] {
        for (y, low, high) in [(white, 210, 245), (gray, 110, 135), (0.0, 0, 2), (1.0, 253, 255)] {
            let [red, green, blue] = film(&studio, [signal(y), 512, 512], transfer, "a.mp4");
            let gray = red.abs_diff(green) < 4 && green.abs_diff(blue) < 4;
            assert!(gray && (low..=high).contains(&green), "{transfer} {y}: {red} {green} {blue}");
        }
    }
    // A color of skin: 0.30, 0.18, 0.13 of diffuse white in BT.709 primaries as PQ and HLG of BT.2020.
    let expected = [0.30f64, 0.18, 0.13].map(|light| (255.0 * light.powf(1.0 / 2.2)).round() as u8);
    assert_near(film(&studio, skin(pq), "smpte2084", "b.mp4"), expected, 8, "PQ");
    assert_near(film(&studio, skin(hlg), "arib-std-b67", "b.mkv"), expected, 8, "HLG");
}

/// Returns Y, U and V of a color of skin; `signal` is the curve from light, in units of diffuse white.
fn skin(signal: impl Fn([f64; 3]) -> [f64; 3]) -> [u16; 3] {
    let [r, g, b] = [0.30, 0.18, 0.13];
    // ITU-R BT.2087: from BT.709 to BT.2020.
    let wide = [
        0.6274 * r + 0.3293 * g + 0.0433 * b,
        0.0691 * r + 0.9195 * g + 0.0114 * b,
        0.0164 * r + 0.0880 * g + 0.8956 * b,
    ];
    let [r, g, b] = signal(wide);
    let y = 0.2627 * r + 0.6780 * g + 0.0593 * b;
    [64.0 + 876.0 * y, 512.0 + 896.0 * (b - y) / 1.8814, 512.0 + 896.0 * (r - y) / 1.4746]
        .map(|value| value.round() as u16)
}

/// SMPTE ST 2084: from light to signal.
fn pq(light: [f64; 3]) -> [f64; 3] {
    light.map(|light| {
        let power = (light * 203.0 / 10_000.0).powf(2610.0 / 16384.0);
        ((0.8359375 + 18.8515625 * power) / (1.0 + 18.6875 * power)).powf(78.84375)
    })
}

/// ITU-R BT.2100: from light on a display of 1000 cd/m2 to the signal of hybrid log-gamma.
fn hlg(light: [f64; 3]) -> [f64; 3] {
    let display = light.map(|light| light * 0.203);
    let luminance = 0.2627 * display[0] + 0.6780 * display[1] + 0.0593 * display[2];
    display.map(|value| {
        let scene = value * luminance.powf((1.0 - 1.2) / 1.2);
        if scene <= 1.0 / 12.0 {
            (3.0 * scene).sqrt()
        } else {
            0.17883277 * (12.0 * scene - 0.28466892).ln() + 0.55991073
        }
    })
}

#[test]
fn standard_range_with_wide_primaries_keeps_its_saturation() {
    let Some(studio) = Studio::open() else { return };
    // Gray stays gray, and red of BT.709 in BT.2020 is red again.
    let signal = |light: [f64; 3]| light.map(|light| light.powf(1.0 / 2.2));
    let gray = film(&studio, [502, 512, 512], "bt709", "a.mp4");
    assert_near(gray, [128, 128, 128], 4, "gray");
    let expected = [0.30f64, 0.18, 0.13].map(|light| (255.0 * light.powf(1.0 / 2.2)).round() as u8);
    assert_near(film(&studio, skin(signal), "bt709", "b.mp4"), expected, 8, "color");
}
