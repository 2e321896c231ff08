//! Every chart of every synthetic report: goldens, layout laws, hostile names.
//!
//! A drawing that differs from its golden is left beside it as `*.changed.svg`; look at it, and if it is meant, run again
//! with `ASSAY_GOLDEN=update`.

// A test may panic, and so may what it is made of.
#![allow(clippy::unwrap_used)]

mod chart_cases;

use std::fs;
use std::path::{Path, PathBuf};

use assay::chart::{CHARTS, Chart, Frame, Rect, Subject, interval, text_width};
use chart_cases::Case;

fn draw(case: &Case, width: f64) -> Vec<(&'static str, Chart)> {
    let subject = Subject::new(&case.report);
    let subject = match &case.baseline {
        Some(baseline) => subject
            .against(baseline)
            .differing(&case.differences)
            .within(&case.margins),
        None => subject,
    };
    CHARTS
        .iter()
        .filter_map(|kind| Some((kind.id, (kind.draw)(&subject, &Frame::new(width))?)))
        .collect()
}

/// The number lines of a headline, at half of the page's width.
fn lines(case: &Case, width: f64) -> Vec<(&'static str, Chart)> {
    let estimates = ["accuracy", "calibration.gap", "latency.p95"].map(|id| (id, case.report.metrics.get(id)));
    let against = |id: &str| match id {
        "accuracy" => interval::Against {
            threshold: Some(0.8),
            ..interval::Against::default()
        },
        "calibration.gap" => interval::Against {
            margin: Some(0.05),
            baseline: Some(0.12),
            ..interval::Against::default()
        },
        _ => interval::Against {
            threshold: Some(8.0),
            baseline: Some(7.1),
            ..interval::Against::default()
        },
    };
    estimates
        .into_iter()
        .filter_map(|(id, e)| Some((id, interval::draw(id, e?, &against(id), width / 2.0 - 20.0)?)))
        .collect()
}

/// Every chart of every case at phone and desk width, with its name.
fn everything() -> Vec<(String, Chart)> {
    let mut drawn = Vec::new();
    for case in chart_cases::all() {
        for width in [360.0, 720.0] {
            for (id, chart) in lines(&case, width) {
                drawn.push((format!("{}.line.{id}.{width}", case.name), chart));
            }
            for (id, chart) in draw(&case, width) {
                drawn.push((format!("{}.{id}.{width}", case.name), chart));
            }
        }
    }
    drawn
}

#[test]
fn drawings_equal_their_goldens() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/charts");
    fs::create_dir_all(&folder).unwrap();
    let update = std::env::var("ASSAY_GOLDEN").is_ok_and(|v| v == "update");
    let mut changed = Vec::new();
    for (name, chart) in everything() {
        let golden = folder.join(format!("{name}.svg"));
        let beside: PathBuf = folder.join(format!("{name}.changed.svg"));
        if update {
            fs::write(&golden, &chart.svg).unwrap();
        }
        if fs::read_to_string(&golden).is_ok_and(|g| g == chart.svg) {
            let _ = fs::remove_file(&beside);
        } else {
            fs::write(&beside, &chart.svg).unwrap();
            changed.push(beside.display().to_string());
        }
    }
    assert!(
        changed.is_empty(),
        "changed drawings (ASSAY_GOLDEN=update accepts them):\n{}",
        changed.join("\n")
    );
}

/// The boxes of all texts in a drawing, by the widths that the layout uses.
fn texts(svg: &str) -> Vec<(Rect, String)> {
    let attribute = |tag: &str, name: &str| -> Option<String> {
        let from = tag.split(&format!(" {name}=\"")).nth(1)?;
        Some(from.split('"').next()?.to_owned())
    };
    svg.split("<text ")
        .skip(1)
        .map(|part| {
            let (tag, rest) = part.split_once('>').unwrap();
            let tag = format!(" {tag}");
            let number = |name: &str| attribute(&tag, name).unwrap().parse::<f64>().unwrap();
            let text = rest.split("</text>").next().unwrap();
            let plain = text
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&amp;", "&");
            let w = text_width(&plain, 12.0, attribute(&tag, "font-weight").is_some());
            let x = match attribute(&tag, "text-anchor").as_deref() {
                Some("middle") => number("x") - w / 2.0,
                Some("end") => number("x") - w,
                _ => number("x"),
            };
            let rect = Rect {
                x,
                y: number("y") - 10.0,
                w,
                h: 12.0,
            };
            (rect, plain)
        })
        .collect()
}

#[test]
fn no_text_lies_on_another_or_leaves_the_sheet() {
    for (name, chart) in everything() {
        let texts = texts(&chart.svg);
        for (i, (a, first)) in texts.iter().enumerate() {
            let inside =
                a.x >= -0.6 && a.right() <= chart.width + 0.6 && a.y >= -2.0 && a.bottom() <= chart.height + 2.0;
            assert!(
                inside,
                "{name}: “{first}” leaves the sheet: {a:?} in {} × {}",
                chart.width, chart.height
            );
            for (b, second) in &texts[i + 1..] {
                assert!(!a.overlaps(b), "{name}: “{first}” lies on “{second}”");
            }
        }
    }
}

#[test]
fn every_chart_says_what_it_shows() {
    for (name, chart) in everything() {
        assert!(
            !chart.reading.is_empty() && chart.reading.ends_with('.'),
            "{name}: {}",
            chart.reading
        );
        assert!(!chart.caption.is_empty(), "{name}");
        for text in [&chart.svg, &chart.reading, &chart.caption] {
            assert!(!text.contains("NaN") && !text.contains("inf"), "{name}: {text}");
        }
        assert!(!chart.table.rows.is_empty(), "{name}: the table is empty");
        for row in &chart.table.rows {
            assert_eq!(row.len(), chart.table.headers.len(), "{name}");
        }
        for mark in &chart.marks {
            let inside = mark.x >= -9.0 && mark.x + mark.w <= chart.width + 9.0 && mark.y >= -9.0;
            assert!(inside && mark.y + mark.h <= chart.height + 9.0, "{name}: {mark:?}");
            assert!(
                mark.w >= 8.0 && mark.h >= 8.0 && !mark.label.is_empty(),
                "{name}: {mark:?}"
            );
        }
        let p = chart.plot;
        assert!(
            p.w > 0.0 && p.h > 0.0 && p.right() <= chart.width && p.bottom() <= chart.height,
            "{name}: {p:?}"
        );
    }
}

#[test]
fn hostile_names_stay_text() {
    let allowed = [
        "svg", "title", "desc", "line", "rect", "polyline", "polygon", "circle", "text",
    ];
    for (name, chart) in everything() {
        for tag in chart.svg.split('<').skip(1) {
            let element = tag.trim_start_matches('/').split([' ', '>', '/']).next().unwrap();
            assert!(allowed.contains(&element), "{name}: <{element}>");
        }
        assert!(!chart.svg.contains("onload=\""), "{name}");
        assert!(!chart.svg.contains('\u{202e}'), "{name}");
        for line in chart.table.csv().lines() {
            assert!(!line.starts_with(['=', '+', '@']), "{name}: {line}");
        }
    }
}

#[test]
fn a_standalone_drawing_needs_no_style_sheet() {
    for (name, chart) in everything() {
        assert!(!chart.standalone().contains("var(--"), "{name}");
    }
}
