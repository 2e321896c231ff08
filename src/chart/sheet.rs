//! The plotters backend that writes SVG: coordinates are tenths of a pixel, colours stand for paints.
//!
//! Plotters has no custom properties, dashes or halos, so a [`Pen`] travels through it as a colour: red is the index of the
//! paint, green the extras; the backend turns it back. It never asks anybody for the size of a text.

use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::rc::Rc;

use plotters::prelude::{DrawingBackend, RGBAColor, ShapeStyle};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind, FontStyle};

use super::font::text_width;
use super::frame::Paint;

const DASHED: u8 = 1;
const HOLLOW: u8 = 2;
const HALO: u8 = 4;
const ROUND: u8 = 8;

/// How a line, an area or a text is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pen {
    paint: Paint,
    alpha: f64,
    width: f64,
    extras: u8,
}

impl Pen {
    /// A solid pen, 1 px wide.
    pub(super) fn new(paint: Paint) -> Self {
        Self {
            paint,
            alpha: 1.0,
            width: 1.0,
            extras: 0,
        }
    }

    /// Stroke width in px.
    pub(super) fn wide(self, width: f64) -> Self {
        Self { width, ..self }
    }

    /// Opacity, 0..=1.
    pub(super) fn alpha(self, alpha: f64) -> Self {
        Self { alpha, ..self }
    }

    /// Dashed line.
    pub(super) fn dashed(self) -> Self {
        self.with(DASHED)
    }

    /// Filled with paper, outlined with the paint.
    pub(super) fn hollow(self) -> Self {
        self.with(HOLLOW)
    }

    /// Text with a rim of paper, for text over lines.
    pub(super) fn halo(self) -> Self {
        self.with(HALO)
    }

    /// Line with round joins and ends.
    pub(super) fn round(self) -> Self {
        self.with(ROUND)
    }

    fn with(self, extra: u8) -> Self {
        Self {
            extras: self.extras | extra,
            ..self
        }
    }

    /// As plotters carries it.
    pub(super) fn color(self) -> RGBAColor {
        RGBAColor(self.paint.index(), self.extras, 0, self.alpha)
    }

    /// As plotters carries it for shapes.
    pub(super) fn shape(self, filled: bool) -> ShapeStyle {
        ShapeStyle {
            color: self.color(),
            filled,
            stroke_width: tenths(self.width).unsigned_abs(),
        }
    }
}

/// Pixels to the backend's unit.
#[allow(clippy::cast_possible_truncation)] // clamped to a range that i32 holds
pub(super) fn tenths(px: f64) -> i32 {
    (px * 10.0).round().clamp(-1e7, 1e7) as i32
}

/// The backend: appends elements to a text that the canvas shares.
pub(super) struct Sheet {
    /// Elements so far.
    pub(super) out: Rc<RefCell<String>>,
    /// Size in tenths of a pixel.
    pub(super) size: (u32, u32),
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl Sheet {
    fn write(&self, element: &str) -> Drawn {
        let mut out = self.out.borrow_mut();
        out.push_str(element);
        out.push('\n');
        Ok(())
    }
}

impl DrawingBackend for Sheet {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect(point, (point.0 + 10, point.1 + 10), &color, true)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        let (x1, y1, x2, y2) = (px(from.0), px(from.1), px(to.0), px(to.1));
        let stroke = stroke(style);
        self.write(&format!(r#"<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"{stroke}/>"#))
    }

    fn draw_rect<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S, fill: bool) -> Drawn {
        let (x, y) = (px(from.0.min(to.0)), px(from.1.min(to.1)));
        let (w, h) = (px((to.0 - from.0).abs()), px((to.1 - from.1).abs()));
        let paint = fill_or_stroke(style, fill);
        self.write(&format!(r#"<rect x="{x}" y="{y}" width="{w}" height="{h}"{paint}/>"#))
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        let points: Vec<BackendCoord> = path.into_iter().collect();
        if let [from, to] = points[..] {
            return self.draw_line(from, to, style);
        }
        let stroke = stroke(style);
        self.write(&format!(
            r#"<polyline points="{}" fill="none"{stroke}/>"#,
            join(&points)
        ))
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        let points: Vec<BackendCoord> = path.into_iter().collect();
        let paint = fill_or_stroke(style, true);
        self.write(&format!(r#"<polygon points="{}"{paint}/>"#, join(&points)))
    }

    fn draw_circle<S: BackendStyle>(&mut self, center: BackendCoord, radius: u32, style: &S, fill: bool) -> Drawn {
        let (cx, cy, r) = (px(center.0), px(center.1), px(radius.cast_signed()));
        let paint = fill_or_stroke(style, fill);
        self.write(&format!(r#"<circle cx="{cx}" cy="{cy}" r="{r}"{paint}/>"#))
    }

    /// The position is on the base line: plotters' vertical anchor shifts it by parts of the text size.
    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, pos: BackendCoord) -> Drawn {
        let color = style.color();
        let size = style.size();
        let anchor = match style.anchor().h_pos {
            HPos::Left => "",
            HPos::Center => r#" text-anchor="middle""#,
            HPos::Right => r#" text-anchor="end""#,
        };
        let shift = match style.anchor().v_pos {
            VPos::Top => 0.76,
            VPos::Center => 0.35,
            VPos::Bottom => -0.2,
        };
        let (x, y) = (px(pos.0), px(pos.1 + tenths(size * shift)));
        let weight = match style.style() {
            FontStyle::Bold => r#" font-weight="600""#,
            _ => "",
        };
        let halo = if color.rgb.1 & HALO == 0 {
            String::new()
        } else {
            format!(
                r#" stroke="{}" stroke-width="3" stroke-linejoin="round" paint-order="stroke""#,
                Paint::Paper.css()
            )
        };
        let fill = Paint::at(color.rgb.0).css();
        let opacity = opacity(color);
        let text = escape(text);
        self.write(&format!(
            r#"<text x="{x}" y="{y}"{anchor}{weight} fill="{fill}"{opacity}{halo}>{text}</text>"#
        ))
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let bold = matches!(style.style(), FontStyle::Bold);
        let width = tenths(text_width(text, style.size(), bold));
        Ok((width.unsigned_abs(), tenths(style.size()).unsigned_abs()))
    }
}

/// Tenths as a decimal number of pixels, without a needless `.0`.
fn px(tenths: i32) -> String {
    let sign = if tenths < 0 { "-" } else { "" };
    let (whole, rest) = (tenths.abs() / 10, tenths.abs() % 10);
    match rest {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{rest}"),
    }
}

fn join(points: &[BackendCoord]) -> String {
    let mut out = String::with_capacity(points.len() * 12);
    let mut last = None;
    for &(x, y) in points {
        // Points of a long series that fall on the same tenth of a pixel add nothing.
        if last == Some((x, y)) {
            continue;
        }
        let gap = if last.is_some() { " " } else { "" };
        let _ = write!(out, "{gap}{},{}", px(x), px(y));
        last = Some((x, y));
    }
    out
}

fn opacity(color: BackendColor) -> String {
    if color.alpha >= 1.0 {
        String::new()
    } else {
        format!(r#" opacity="{:.2}""#, color.alpha.max(0.0))
    }
}

fn stroke<S: BackendStyle>(style: &S) -> String {
    let color = style.color();
    let mut out = format!(r#" stroke="{}""#, Paint::at(color.rgb.0).css());
    let width = px(style.stroke_width().cast_signed());
    if width != "1" {
        let _ = write!(out, r#" stroke-width="{width}""#);
    }
    if color.rgb.1 & DASHED != 0 {
        out.push_str(r#" stroke-dasharray="4 3""#);
    }
    if color.rgb.1 & ROUND != 0 {
        out.push_str(r#" stroke-linejoin="round" stroke-linecap="round""#);
    }
    out + &opacity(color)
}

fn fill_or_stroke<S: BackendStyle>(style: &S, fill: bool) -> String {
    let color = style.color();
    if color.rgb.1 & HOLLOW != 0 {
        return format!(r#" fill="{}"{}"#, Paint::Paper.css(), stroke(style));
    }
    if fill {
        return format!(r#" fill="{}"{}"#, Paint::at(color.rgb.0).css(), opacity(color));
    }
    format!(r#" fill="none"{}"#, stroke(style))
}

/// `text` as XML character data: the five special characters as entities, control and direction characters left out (the
/// first are not XML, the others would turn the text around them).
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\r' | '\t' => out.push(' '),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_text() {
        assert_eq!(
            escape("</text><script>alert(1)</script>\u{202e}\u{0}'\""),
            "&lt;/text&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;&quot;"
        );
    }

    #[test]
    fn coordinates_are_tenths() {
        assert_eq!(
            [px(0), px(-5), px(123), px(120), px(tenths(7.25))],
            ["0", "-0.5", "12.3", "12", "7.3"]
        );
    }
}
