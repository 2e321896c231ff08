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
    (Paint::Band, "band", "#E3E6EA"),
    (Paint::Region, "region", "#EDEFF2"),
    (Paint::Over, "over", "#F6D9C4"),
    (Paint::Under, "under", "#CBE3F1"),
    (Paint::Warn, "warn", "#A3406F"),
];

impl Paint {
    fn row(self) -> &'static (Paint, &'static str, &'static str) {
        PAINTS.iter().find(|p| p.0 == self).unwrap_or(&PAINTS[0])
    }

    /// Place in the table of paints.
    pub(super) fn index(self) -> u8 {
        self as u8
    }

    /// The paint at a place in the table; ink for a place outside.
    pub(super) fn at(index: u8) -> Self {
        PAINTS.get(usize::from(index)).map_or(Self::Ink, |p| p.0)
    }

    /// The custom property, without dashes (`accent`); also a class name for legends.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// As an SVG attribute value: `var(--accent,#0072B2)`.
    #[must_use]
    pub fn css(self) -> String {
        let (_, name, light) = self.row();
        format!("var(--{name},{light})")
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

#[cfg(test)]
mod tests {
    use super::*;

    const TOKENS: &str = include_str!("../../public/tokens.css");

    /// The value of `--name` in the `index`th block of the style sheet that defines it.
    fn token(name: &str, index: usize) -> String {
        let key = format!("--{name}: #");
        let value = TOKENS.split(&key).nth(index + 1).map(|rest| rest[..6].to_uppercase());
        format!(
            "#{}",
            value.unwrap_or_else(|| panic!("--{name} is not defined {index} times"))
        )
    }

    /// WCAG 2 contrast ratio of two `#RRGGBB` colours.
    fn contrast(a: &str, b: &str) -> f64 {
        let luminance = |hex: &str| {
            let part = |at: usize| {
                let c = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
                if c <= 0.04045 {
                    c / 12.92
                } else {
                    ((c + 0.055) / 1.055).powf(2.4)
                }
            };
            0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn paints_stand_at_their_index_and_agree_with_the_light_tokens() {
        for (index, (paint, name, light)) in PAINTS.iter().enumerate() {
            assert_eq!(usize::from(paint.index()), index);
            assert_eq!(token(name, 0), *light, "--{name}");
        }
    }

    #[test]
    fn text_and_marks_have_contrast_in_light_and_dark() {
        for theme in [0, 1] {
            let paper = token("paper", theme);
            for (names, least) in [
                (&["ink", "muted", "warn", "accent", "pass", "fail", "unclear"][..], 4.5),
                (&["baseline", "right", "wrong", "focus"][..], 3.0),
            ] {
                for name in names {
                    let found = contrast(&token(name, theme), &paper);
                    assert!(
                        found >= least,
                        "theme {theme}: --{name} on paper is {found:.2}, needs {least}"
                    );
                }
            }
            for under in ["band", "region", "over", "under", "surface"] {
                let found = contrast(&token("ink", theme), &token(under, theme));
                assert!(found >= 4.5, "theme {theme}: --ink on --{under} is {found:.2}");
                let found = contrast(&token("muted", theme), &token(under, theme));
                assert!(found >= 4.5, "theme {theme}: --muted on --{under} is {found:.2}");
            }
        }
    }

    #[test]
    fn a_flattened_drawing_knows_no_custom_property() {
        let svg = format!(
            r#"<rect fill="{}" stroke="{}"/>"#,
            Paint::Accent.css(),
            Paint::Rule.css()
        );
        assert_eq!(flatten(&svg), r##"<rect fill="#0072B2" stroke="#D5DAE0"/>"##);
        assert_eq!(flatten("<text>=&quot;var(--x</text>"), "<text>=&quot;var(--x</text>");
    }
}
