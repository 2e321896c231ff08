//! The sheet that charts are drawn on: a plotters backend of our own that writes SVG.
//!
//! Plotters' own SVG backend asks the DOM for text sizes in the browser (forced layouts, a panic in a worker, another
//! layout than natively) and writes fixed colours. This one takes text widths from a table and writes every colour as a
//! CSS custom property with its light value as fallback, so a saved file keeps its colours and a page can theme it:
//!
//! | property | used for |
//! |---|---|
//! | `--ink` | text and the strongest lines |
//! | `--muted` | axis text, secondary labels (contrast 4.5 on paper) |
//! | `--rule` | grid and axis lines |
//! | `--paper` | ground; inside of hollow dots; halo of text that lies over lines |
//! | `--accent` | the run, or the candidate |
//! | `--baseline` | the baseline |
//! | `--right`, `--wrong` | right and wrong samples |
//! | `--band` | consistency and confidence bands |
//! | `--region` | region of no difference |
//! | `--over`, `--under` | gap of overconfidence, of underconfidence |
//! | `--warn` | thresholds, budgets, time-outs |
//!
//! Coordinates are rounded to a tenth of a pixel.

use std::fmt::Write as _;

/// Size of the text in a chart, px.
pub const TEXT: f64 = 12.0;

/// The place a chart is drawn for. Text keeps its size; the plot takes what is left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Width in CSS px; charts are made for 280 and more.
    pub width: f64,
    /// Height in CSS px; `None` takes the chart's own (square for the reliability diagram, by rows for bars).
    pub height: Option<f64>,
}

impl Frame {
    /// A frame of `width` px (at least 280) and the chart's own height.
    #[must_use]
    pub fn new(width: f64) -> Self {
        Self {
            width: if width.is_finite() {
                width.clamp(280.0, 4000.0)
            } else {
                720.0
            },
            height: None,
        }
    }
}

/// A colour by its role; written as a CSS custom property.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Paint {
    /// Text and the strongest lines.
    #[default]
    Ink,
    /// Axis text and secondary labels.
    Muted,
    /// Grid and axis lines.
    Rule,
    /// Ground.
    Paper,
    /// The run, or the candidate.
    Accent,
    /// The baseline.
    Baseline,
    /// Right samples.
    Right,
    /// Wrong samples.
    Wrong,
    /// Consistency and confidence bands.
    Band,
    /// Region of no difference.
    Region,
    /// Gap of overconfidence.
    Over,
    /// Gap of underconfidence.
    Under,
    /// Thresholds, budgets, time-outs.
    Warn,
}

/// Every paint with its custom property and its light value.
const PAINTS: [(Paint, &str, &str); 13] = [
    (Paint::Ink, "ink", "#1B1F24"),
    (Paint::Muted, "muted", "#59636E"),
    (Paint::Rule, "rule", "#D5DAE0"),
    (Paint::Paper, "paper", "#FFFFFF"),
    (Paint::Accent, "accent", "#0072B2"),
    (Paint::Baseline, "baseline", "#75828F"),
    (Paint::Right, "right", "#009E73"),
    (Paint::Wrong, "wrong", "#D55E00"),
    (Paint::Band, "band", "#DFE3E8"),
    (Paint::Region, "region", "#EDEFF2"),
    (Paint::Over, "over", "#F6D9C4"),
    (Paint::Under, "under", "#CBE3F1"),
    (Paint::Warn, "warn", "#A3406F"),
];

impl Paint {
    /// The custom property, without dashes (`accent`); also a class name for legends.
    #[must_use]
    pub fn name(self) -> &'static str {
        PAINTS.iter().find(|p| p.0 == self).map_or("ink", |p| p.1)
    }

    /// As an SVG attribute value: `var(--accent,#0072B2)`.
    #[must_use]
    pub fn css(self) -> String {
        let (_, name, light) = PAINTS.iter().find(|p| p.0 == self).unwrap_or(&PAINTS[0]);
        let mut out = String::new();
        let _ = write!(out, "var(--{name},{light})");
        out
    }
}

/// `svg` with every `var(--name,#fallback)` replaced by its fallback.
pub(super) fn flatten(svg: &str) -> String {
    let mut out = String::with_capacity(svg.len());
    let mut rest = svg;
    while let Some(start) = rest.find("=\"var(--") {
        let (before, from) = rest.split_at(start + 2);
        out.push_str(before);
        match (from.find(','), from.find(')')) {
            (Some(comma), Some(end)) if comma < end => {
                out.push_str(&from[comma + 1..end]);
                rest = &from[end + 1..];
            }
            _ => {
                rest = from;
                break;
            }
        }
    }
    out.push_str(rest);
    out
}
