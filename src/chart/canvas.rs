//! What charts draw with: lines, areas and labels in pixels, series in values, and text that never lies on other text.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::ops::Range;
use std::rc::Rc;

use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged};
use plotters::prelude::{Circle, DrawingArea, IntoDrawingArea, PathElement, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, TextStyle};

use super::axis::Axis;
use super::font::text_width;
use super::frame::{Paint, TEXT};
use super::sheet::{Pen, Sheet, escape, tenths};
use super::{Mark, Rect};

/// Families of the text in charts; the page's own font where it sets one.
const FONT: &str =
    "var(--font,system-ui,-apple-system,&quot;Segoe UI&quot;,Roboto,&quot;Helvetica Neue&quot;,Arial,sans-serif)";

/// Height of a line of text in px.
pub(super) const LINE: f64 = 16.0;

/// Where a text is held at its place: left end, middle or right end; always centred vertically.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    Left,
    Middle,
    Right,
}

/// A plot: its rectangle and its two axes.
#[derive(Clone, Debug)]
pub(super) struct Plot {
    pub(super) area: Rect,
    pub(super) x: Axis,
    pub(super) y: Axis,
}

impl Plot {
    /// Pixels of a point of values.
    pub(super) fn px(&self, x: f64, y: f64) -> (f64, f64) {
        (self.x.px_x(&self.area, x), self.y.px_y(&self.area, y))
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    #[allow(clippy::cast_possible_truncation)] // within a few per cent of the limits
    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let span = f64::from(limit.1 - limit.0);
        limit.0 + (self.share(*value) * span).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        self.ticks(hint.max_num_points())
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

/// A sheet being drawn on.
pub(super) struct Canvas {
    pub(super) width: f64,
    pub(super) height: f64,
    out: Rc<RefCell<String>>,
    area: DrawingArea<Sheet, Shift>,
    taken: Vec<Rect>,
}

impl Canvas {
    pub(super) fn new(width: f64, height: f64) -> Self {
        let out = Rc::new(RefCell::new(String::new()));
        let sheet = Sheet {
            out: Rc::clone(&out),
            size: (tenths(width).unsigned_abs() + 1, tenths(height).unsigned_abs() + 1),
        };
        Self {
            width,
            height,
            out,
            area: sheet.into_drawing_area(),
            taken: Vec::new(),
        }
    }

    /// The `<svg>` element: `title` names it, `reading` describes it.
    pub(super) fn finish(self, title: &str, reading: &str) -> String {
        let (w, h) = (self.width, self.height);
        let mut svg = String::new();
        let _ = write!(
            svg,
            r#"<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" viewBox="0 0 {w} {h}" width="{w}" height="{h}" font-family="{FONT}" font-size="{TEXT}">"#
        );
        let _ = writeln!(
            svg,
            "<title>{}</title>\n<desc>{}</desc>",
            escape(title),
            escape(reading)
        );
        svg.push_str(&self.out.borrow());
        svg.push_str("</svg>\n");
        svg
    }

    // Drawing cannot fail (the backend's error type has no value), so results are dropped below.

    /// A line in px.
    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), pen: Pen) {
        let path = vec![point(from), point(to)];
        let _ = self.area.draw(&PathElement::new(path, pen.shape(false)));
    }

    /// A filled rectangle in px.
    pub(super) fn block(&mut self, rect: Rect, pen: Pen) {
        let corners = [point((rect.x, rect.y)), point((rect.right(), rect.bottom()))];
        let _ = self.area.draw(&Rectangle::new(corners, pen.shape(true)));
    }

    /// A dot in px.
    pub(super) fn dot(&mut self, at: (f64, f64), radius: f64, pen: Pen) {
        let radius = tenths(radius).unsigned_abs();
        let _ = self.area.draw(&Circle::new(point(at), radius, pen.shape(true)));
    }

    /// A series in values.
    pub(super) fn curve(&mut self, plot: &Plot, points: &[(f64, f64)], pen: Pen) {
        let _ = self
            .data(plot)
            .draw(&PathElement::new(points.to_vec(), pen.shape(false)));
    }

    /// The area between two series in values: points `(x, low, high)`, ascending.
    pub(super) fn ribbon(&mut self, plot: &Plot, points: &[(f64, f64, f64)], pen: Pen) {
        let mut outline: Vec<(f64, f64)> = points.iter().map(|p| (p.0, p.2)).collect();
        outline.extend(points.iter().rev().map(|p| (p.0, p.1)));
        let _ = self.data(plot).draw(&Polygon::new(outline, pen.color()));
    }

    fn data(&self, plot: &Plot) -> DrawingArea<Sheet, Cartesian2d<Axis, Axis>> {
        let a = &plot.area;
        let pixels = (tenths(a.x)..tenths(a.right()), tenths(a.bottom())..tenths(a.y));
        self.area
            .apply_coord_spec(Cartesian2d::<Axis, Axis>::new(plot.x.clone(), plot.y.clone(), pixels))
    }

    /// A text, wherever it falls; it takes its place, so that later labels keep off it.
    pub(super) fn text(&mut self, at: (f64, f64), hold: Hold, text: &str, pen: Pen) {
        self.write(at, hold, text, pen, false);
    }

    fn write(&mut self, at: (f64, f64), hold: Hold, text: &str, pen: Pen, bold: bool) {
        if text.is_empty() {
            return;
        }
        self.taken.push(text_box(at, hold, text, bold));
        let side = match hold {
            Hold::Left => HPos::Left,
            Hold::Middle => HPos::Center,
            Hold::Right => HPos::Right,
        };
        let weight = if bold { FontStyle::Bold } else { FontStyle::Normal };
        let color = pen.color();
        let style = TextStyle::from(FontDesc::new(FontFamily::SansSerif, TEXT, weight))
            .color(&color)
            .pos(Pos::new(side, VPos::Center));
        let _ = self.area.draw(&Text::new(text, point(at), style));
    }

    /// A text at the first of `places` where it lies inside the sheet and on no other text; `false` if there is none, and
    /// nothing is drawn (the value is in the table and under the pointer).
    pub(super) fn label(&mut self, places: &[(f64, f64, Hold)], text: &str, pen: Pen) -> bool {
        let free = places
            .iter()
            .copied()
            .find(|&(x, y, hold)| self.is_free(&text_box((x, y), hold, text, false)));
        if let Some((x, y, hold)) = free {
            self.text((x, y), hold, text, pen);
        }
        free.is_some()
    }

    /// A key on one line that ends at `at`: a swatch and a word each. Left out where there is no room for it.
    pub(super) fn key(&mut self, at: (f64, f64), entries: &[(Paint, &str)]) {
        let mut x = at.0;
        for (paint, words) in entries.iter().rev() {
            x -= text_width(words, TEXT, false);
            if !self.label(&[(x, at.1, Hold::Left)], words, Pen::new(Paint::Muted)) {
                return;
            }
            x -= 14.0;
            let swatch = Rect {
                x,
                y: at.1 - 5.0,
                w: 10.0,
                h: 10.0,
            };
            self.block(swatch, Pen::new(*paint));
            x -= 12.0;
        }
    }

    /// The outline of a rectangle.
    pub(super) fn outline(&mut self, rect: Rect, pen: Pen) {
        let corners = [point((rect.x, rect.y)), point((rect.right(), rect.bottom()))];
        let _ = self.area.draw(&Rectangle::new(corners, pen.shape(false)));
    }

    /// A rectangle filled with slanting lines, for what is known only as a rest.
    pub(super) fn hatch(&mut self, rect: Rect, pen: Pen) {
        let step = 5.0;
        let mut start = rect.x - rect.h + step;
        while start < rect.right() {
            let from = start.max(rect.x);
            let to = (start + rect.h).min(rect.right());
            if to - from > 0.5 {
                self.line(
                    (from, rect.bottom() - (from - start)),
                    (to, rect.bottom() - (to - start)),
                    pen,
                );
            }
            start += step;
        }
    }

    /// A horizontal whisker with short end caps.
    pub(super) fn whisker_x(&mut self, from: f64, to: f64, y: f64, pen: Pen) {
        self.line((from, y), (to, y), pen);
        for x in [from, to] {
            self.line((x, y - 3.0), (x, y + 3.0), pen);
        }
    }

    /// The same in bold.
    pub(super) fn strong(&mut self, at: (f64, f64), hold: Hold, text: &str, pen: Pen) {
        self.write(at, hold, text, pen, true);
    }

    /// Keeps labels off a series in values.
    pub(super) fn avoid(&mut self, plot: &Plot, points: &[(f64, f64)]) {
        for pair in points.windows(2) {
            let &[from, to] = pair else { continue };
            let (from, to) = (plot.px(from.0, from.1), plot.px(to.0, to.1));
            self.avoid_line(from, to);
        }
    }

    /// Keeps labels off a line in px: a chain of small boxes, so that a slanting line does not take its whole rectangle.
    pub(super) fn avoid_line(&mut self, from: (f64, f64), to: (f64, f64)) {
        let length = (to.0 - from.0).abs().max((to.1 - from.1).abs());
        #[allow(clippy::cast_possible_truncation)] // px of a sheet
        let steps = (length / 6.0).ceil().clamp(1.0, 1000.0) as i32;
        for step in 0..steps {
            let at = (f64::from(step) + 0.5) / f64::from(steps);
            let (x, y) = (from.0 + at * (to.0 - from.0), from.1 + at * (to.1 - from.1));
            let (w, h) = (
                (to.0 - from.0).abs() / f64::from(steps) + 2.0,
                (to.1 - from.1).abs() / f64::from(steps) + 2.0,
            );
            self.taken.push(Rect {
                x: x - w / 2.0,
                y: y - h / 2.0,
                w,
                h,
            });
        }
    }

    /// Whether nothing has been written or kept at `place`, and it lies inside the sheet.
    fn is_free(&self, place: &Rect) -> bool {
        let is_inside =
            place.x >= 0.0 && place.right() <= self.width && place.y >= 0.0 && place.bottom() <= self.height;
        is_inside && !self.taken.iter().any(|t| t.overlaps(place))
    }

    /// Names of lines, one under the other, at the first corner of `plot` that is free (lower right, upper left, lower left,
    /// upper right, then the middle of either side), or the one that crosses least; a single name has no swatch.
    pub(super) fn names(&mut self, plot: &Plot, names: &[(Pen, String)]) {
        let area = plot.area;
        let swatch = if names.len() > 1 { 22.0 } else { 0.0 };
        let w = swatch + names.iter().map(|n| text_width(&n.1, TEXT, false)).fold(0.0, f64::max);
        #[allow(clippy::cast_precision_loss)] // two or three names
        let h = names.len() as f64 * LINE;
        let (left, right) = (area.x + 8.0, area.right() - w - 4.0);
        let (top, low, middle) = (area.y + 4.0, area.bottom() - h - 4.0, area.y + (area.h - h) / 2.0);
        let places = [
            (right, low),
            (left, top),
            (left, low),
            (right, top),
            (right, middle),
            (left, middle),
            (right, area.y + area.h * 0.25 - h / 2.0),
            (left, area.y + area.h * 0.25 - h / 2.0),
            (right, area.y + area.h * 0.7 - h / 2.0),
            (area.x + (area.w - w) / 2.0, low),
        ];
        let place = |(x, y): (f64, f64)| Rect { x, y, w, h };
        let crossed = |p: &(f64, f64)| self.taken.iter().filter(|t| t.overlaps(&place(*p))).count();
        let (x, top) = places.into_iter().min_by_key(crossed).unwrap_or((right, low));
        let mut y = top + LINE / 2.0;
        for (pen, words) in names {
            if swatch > 0.0 {
                self.line((x, y), (x + 16.0, y), pen.wide(2.0));
            }
            self.text((x + swatch, y), Hold::Left, words, Pen::new(Paint::Ink).halo());
            y += LINE;
        }
    }

    /// Keeps labels off a place, for marks that must not be written over.
    pub(super) fn keep(&mut self, place: Rect) {
        self.taken.push(place);
    }

    /// Ticks with their labels, the line and the title of the horizontal axis under `plot`. Labels that would touch are left
    /// out, the ends first kept. Takes [`X_ROOM`] px.
    pub(super) fn axis_x(&mut self, plot: &Plot, ticks: &[(f64, String)]) {
        let area = plot.area;
        let rule = Pen::new(Paint::Rule);
        self.line((area.x, area.bottom()), (area.right(), area.bottom()), rule);
        for (value, text) in ticks {
            let x = plot.x.px_x(&area, *value);
            self.line((x, area.bottom()), (x, area.bottom() + 4.0), rule);
            let half = text_width(text, TEXT, false) / 2.0;
            let middle = x.clamp(half, (self.width - half).max(half));
            self.label(
                &[(middle, area.bottom() + 13.0, Hold::Middle)],
                text,
                Pen::new(Paint::Muted),
            );
        }
        let title = plot.x.title.clone();
        self.text(
            (area.right(), area.bottom() + 30.0),
            Hold::Right,
            &title,
            Pen::new(Paint::Muted),
        );
    }

    /// Thin lines across the plot with their labels at the left, and the title of the vertical axis above the plot, written
    /// horizontally. Needs [`Y_ROOM`] px above, and the room of [`label_room`] at the left.
    pub(super) fn axis_y(&mut self, plot: &Plot, ticks: &[(f64, String)]) {
        let area = plot.area;
        for (value, text) in ticks {
            let y = plot.y.px_y(&area, *value);
            self.line((area.x, y), (area.right(), y), Pen::new(Paint::Rule));
            self.label(&[(area.x - 6.0, y, Hold::Right)], text, Pen::new(Paint::Muted));
        }
        let title = plot.y.title.clone();
        if !title.is_empty() {
            self.text((0.0, area.y - 14.0), Hold::Left, &title, Pen::new(Paint::Muted));
        }
    }
}

/// Height under a plot that a horizontal axis takes, px.
pub(super) const X_ROOM: f64 = 40.0;
/// Height above a plot that the title of a vertical axis takes, px.
pub(super) const Y_ROOM: f64 = 26.0;

/// Width that the tick labels of a vertical axis take, with their gap.
pub(super) fn label_room(ticks: &[(f64, String)]) -> f64 {
    ticks.iter().map(|t| text_width(&t.1, TEXT, false)).fold(0.0, f64::max) + 8.0
}

/// A mark around a place, grown to at least 8 px each way.
pub(super) fn mark(rect: Rect, label: String, filter: Option<crate::report::Filter>) -> Mark {
    let (w, h) = (rect.w.max(8.0), rect.h.max(8.0));
    let round = |v: f64| (v * 10.0).round() / 10.0;
    Mark {
        x: round(rect.x - (w - rect.w) / 2.0),
        y: round(rect.y - (h - rect.h) / 2.0),
        w: round(w),
        h: round(h),
        label,
        filter,
    }
}

fn text_box(at: (f64, f64), hold: Hold, text: &str, bold: bool) -> Rect {
    let w = text_width(text, TEXT, bold);
    let x = match hold {
        Hold::Left => at.0,
        Hold::Middle => at.0 - w / 2.0,
        Hold::Right => at.0 - w,
    };
    Rect {
        x,
        y: at.1 - 7.0,
        w,
        h: 14.0,
    }
}

fn point(at: (f64, f64)) -> (i32, i32) {
    (tenths(at.0), tenths(at.1))
}
