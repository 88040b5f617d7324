//! The defaults that the reference of options states are the core's.

use std::collections::BTreeMap;

use mien_core::EngineOptions;
use mien_core::engine::enrollment::EnrollmentOptions;
use mien_core::face::detect::DetectorOptions;
use mien_core::face::quality::QualityLimits;
use mien_core::face::track::TrackerOptions;
use mien_core::head::HeadKind;
use mien_core::stream::{LiveOptions, StreamOptions};
use mien_core::timeline::{Retention, TimelineOptions};
use mien_core::train::adapt::{AdaptOptions, PseudoLabels};
use mien_core::train::fit::FitOptions;
use mien_core::users::store::Limits;

use crate::pages::Page;

/// The rows of the page: the types that stand above the table, the option, and its default.
fn rows(page: &Page) -> BTreeMap<(String, String), String> {
    let (mut rows, mut types) = (BTreeMap::new(), Vec::new());
    for (_, line) in page.prose() {
        let named = |text: &str| text.split('`').nth(1).map(str::to_owned);
        if line.starts_with('`') {
            types = line.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        } else if let Some(row) = line.strip_prefix("| `") {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let option = cells[0].split('`').next().unwrap().to_owned();
            let default = named(cells[1]).unwrap_or_else(|| cells[1].to_owned());
            rows.extend(types.iter().map(|name| ((name.clone(), option.clone()), default.clone())));
        }
    }
    rows
}

/// The fields of `options` as `Debug` shows them, without those that have a table of their own.
fn fields(options: &impl std::fmt::Debug) -> BTreeMap<String, String> {
    let text = format!("{options:#?}");
    let own = text.lines().filter_map(|line| line.strip_prefix("    ").filter(|rest| !rest.starts_with([' ', '}'])));
    let pairs = own.filter_map(|line| line.trim_end_matches(',').split_once(": "));
    let nested = |value: &str| value.ends_with(['{', '(']);
    let plain = |value: &str| value.strip_suffix(".0").unwrap_or(value).replace("None", "none");
    pairs.filter(|(_, value)| !nested(value)).map(|(name, value)| (name.to_owned(), plain(value))).collect()
}

#[test]
fn defaults_are_those_of_the_core() {
    let page = Page::read("docs/reference/options.md");
    let rows = rows(&page);
    let Retention { events, minutes, hours, days, media } = Retention::default();
    let by_type = [
        ("EngineOptions", fields(&EngineOptions::default())),
        ("DetectorOptions", fields(&DetectorOptions::default())),
        ("QualityLimits", fields(&QualityLimits::default())),
        ("StreamOptions", fields(&StreamOptions::default())),
        ("TrackerOptions", fields(&TrackerOptions::default())),
        ("LiveOptions", fields(&LiveOptions::default())),
        ("EnrollmentOptions", fields(&EnrollmentOptions::default())),
        ("AdaptOptions", fields(&AdaptOptions::default())),
        ("PseudoLabels", fields(&PseudoLabels::default())),
        ("Limits", fields(&Limits::default())),
        ("TimelineOptions", fields(&TimelineOptions::default())),
    ];
    let mut compared = 0;
    for (name, fields) in by_type {
        assert!(!fields.is_empty(), "{name}");
        for (field, default) in fields {
            let stated =
                rows.get(&(name.to_owned(), field.clone())).unwrap_or_else(|| panic!("{name}.{field} has no row"));
            assert_eq!(*stated, default, "{name}.{field}");
            compared += 1;
        }
    }
    for (field, days) in [("events", events), ("minutes", minutes), ("hours", hours), ("days", days), ("media", media)]
    {
        let default = days.map_or("none".to_owned(), |days| days.to_string());
        assert_eq!(rows[&("Retention".to_owned(), field.to_owned())], default, "{field}");
    }
    let fit = FitOptions::for_kind(HeadKind::Logistic);
    for (field, default) in fields(&fit).into_iter().filter(|(field, _)| field != "rate") {
        assert_eq!(rows[&("FitOptions".to_owned(), field.clone())], default, "{field}");
    }
    assert!(compared >= 45, "{compared} defaults were compared");
}
