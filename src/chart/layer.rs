//! The layer that is pointed at: the marks of a chart as invisible buttons over its drawing.
//!
//! One string of SVG that is put in at once: a button of the page's own for each mark takes many times as long to make, and
//! a chart may have hundreds. Places are attributes, which a content security policy without inline styles allows.

use std::fmt::Write as _;

use super::Chart;
use super::sheet::escape;

/// Attribute that names a mark by its place in [`Chart::marks`].
pub const PLACE: &str = "data-mark";

/// The layer of `chart`, a whole `<svg>` element of the drawing's size; empty without marks. One mark can be reached by the
/// tab key, the arrow keys walk from there.
#[must_use]
pub fn layer(chart: &Chart) -> String {
    if chart.marks.is_empty() {
        return String::new();
    }
    let mut out = format!(
        r#"<svg viewBox="0 0 {} {}" role="group" aria-label="Values of the chart; arrow keys walk, Enter opens the samples">"#,
        chart.width, chart.height
    );
    for (place, mark) in chart.marks.iter().enumerate() {
        let reached = if place == 0 { 0 } else { -1 };
        let dead = if mark.filter.is_none() {
            r#" aria-disabled="true""#
        } else {
            ""
        };
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            r#"<rect class="mark" {PLACE}="{place}" role="button" tabindex="{reached}"{dead} aria-label="{}" x="{:.1}" y="{:.1}" width="{:.1}" height="{:.1}" rx="2"/>"#,
            escape(&mark.label),
            mark.x,
            mark.y,
            mark.w,
            mark.h
        );
    }
    out.push_str("</svg>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{chart::Mark, report::Filter};

    fn chart(marks: Vec<Mark>) -> Chart {
        Chart {
            width: 320.0,
            height: 200.0,
            marks,
            ..Chart::default()
        }
    }

    #[test]
    fn one_mark_is_reached_by_tab_and_one_without_samples_says_so() {
        let mark = |label: &str, filter| Mark {
            x: 10.04,
            w: 8.0,
            h: 8.0,
            label: label.to_owned(),
            filter,
            ..Mark::default()
        };
        let drawn = layer(&chart(vec![
            mark("first", Some(Filter::Ids(vec!["a".to_owned()]))),
            mark("\"><script>", None),
        ]));
        assert_eq!(drawn.matches(r#"tabindex="0""#).count(), 1);
        assert_eq!(drawn.matches(r#"aria-disabled="true""#).count(), 1);
        assert!(drawn.contains(r#"data-mark="1""#) && drawn.contains(r#"x="10.0""#));
        assert!(!drawn.contains("<script"), "labels are text: {drawn}");
    }

    #[test]
    fn a_chart_without_marks_has_no_layer() {
        assert_eq!(layer(&chart(Vec::new())), "");
    }
}
