#![allow(clippy::print_stdout, reason = "the test states the distances and contrasts")]

use palette::color_difference::Ciede2000;
use palette::white_point::D65;
use palette::{FromColor, Lab, LinSrgb};

use super::*;

/// Linear RGB as seen with a color vision deficiency of severity 1: Machado, Oliveira & Fernandes, "A physiologically-
/// based model for simulation of color vision deficiency", IEEE TVCG 15(6), 2009, supplementary tables.
type Vision = [[f64; 3]; 3];

const NORMAL: Vision = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
const PROTANOPIA: Vision =
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]];
const DEUTERANOPIA: Vision =
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]];
const TRITANOPIA: Vision =
    [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]];

/// Returns the color as it is seen.
fn seen(color: Color, vision: &Vision) -> Lab<D65, f64> {
    let linear: LinSrgb<f64> = palette::Srgb::from(color.rgb).into_format::<f64>().into_linear();
    let row = |row: [f64; 3]| (row[0] * linear.red + row[1] * linear.green + row[2] * linear.blue).clamp(0.0, 1.0);
    Lab::from_color(LinSrgb::new(row(vision[0]), row(vision[1]), row(vision[2])))
}

/// Returns the min CIEDE2000 distance between two of `colors`, with their places.
fn min_distance(colors: &[Color], vision: &Vision) -> (f64, usize, usize) {
    let pairs = (0..colors.len()).flat_map(|one| (0..one).map(move |two| (two, one)));
    let distance = |(one, two)| (seen(colors[one], vision).difference(seen(colors[two], vision)), one, two);
    pairs.map(distance).min_by(|a, b| a.0.total_cmp(&b.0)).unwrap()
}

#[test]
fn distances_are_those_of_the_published_pairs() {
    // Sharma, Wu & Dalal, "The CIEDE2000 color-difference formula", 2005, table 1: pairs 1, 7, 13, 17, 20, 25 and 34.
    for (one, two, distance) in [
        ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
        ([50.0, 0.0, 0.0], [50.0, -1.0, 2.0], 2.3669),
        ([50.0, -0.001, 2.49], [50.0, 0.0011, -2.49], 4.7461),
        ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
        ([50.0, 2.5, 0.0], [58.0, 24.0, 15.0], 19.4535),
        ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
        ([2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514], 0.9082),
    ] {
        let lab = |[l, a, b]: [f64; 3]| Lab::<D65, f64>::new(l, a, b);
        let found = lab(one).difference(lab(two));
        assert!((found - distance).abs() < 1e-4, "{one:?} {two:?}: {found}");
    }
}

#[test]
fn emotions_keep_apart_for_color_blind_people() {
    let colors = EMOTIONS.map(|(_, look)| look.color);
    for (name, vision, min) in [
        ("normal vision", NORMAL, 20.0),
        ("deuteranopia", DEUTERANOPIA, 20.0),
        ("protanopia", PROTANOPIA, 20.0),
        ("tritanopia", TRITANOPIA, 10.0),
    ] {
        let (distance, one, two) = min_distance(&colors, &vision);
        let [one, two] = [one, two].map(|place| EMOTIONS[place].0);
        println!("{name}: the min distance is {distance:.2} CIEDE2000, of {one} and {two}");
        assert!(distance >= min, "{name}");
    }
}

#[test]
fn lines_are_visible_on_white_and_differ_without_color() {
    for (name, look) in EMOTIONS {
        let contrast = look.color.contrast(Color::WHITE);
        println!("{name}: contrast to white {contrast:.2}");
        assert!(contrast >= 3.0, "{name}: WCAG 2.2, success criterion 1.4.11");
    }
    assert!(OTHERS.iter().all(|look| look.color.contrast(Color::WHITE) >= 3.0));
    assert_eq!(Color::BLACK.contrast(Color::WHITE), 21.0);
}

#[test]
fn a_class_keeps_its_look() {
    let looks = Looks::of(["surprise", "Angry", "bored", "happiness"]);
    let other = Looks::of(["happy", "sad", "anger", "bored", "engaged"]);
    for (name, same) in [("anger", "angry"), ("happy", "joy"), ("bored", "Bored")] {
        assert_eq!(looks.get(name), other.get(same), "{name}");
    }
    assert_eq!(looks.get("happy"), EMOTIONS[1].1);
    let names: Vec<String> = (0..OTHERS.len()).map(|number| format!("state {number}")).collect();
    let states = Looks::of(names.iter().map(String::as_str));
    for (place, name) in names.iter().enumerate() {
        let look = states.get(name);
        assert!(EMOTIONS.iter().all(|(_, other)| other.color != look.color), "{name}");
        assert!(names[..place].iter().all(|other| states.get(other).color != look.color), "{name}");
    }
    assert_eq!(looks.get("never seen"), REST);
}

#[test]
fn other_classes_differ_from_emotions_and_each_other() {
    let all: Vec<Color> = EMOTIONS.iter().map(|(_, look)| look).chain(&OTHERS).map(|look| look.color).collect();
    let (distance, one, two) = min_distance(&all, &NORMAL);
    println!("with other classes: the min distance is {distance:.2} CIEDE2000, of {one} and {two}");
    assert!(distance >= 9.0);
}
