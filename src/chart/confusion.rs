//! Confusion matrix as a heat table: rows are the truth, shade is the share of the row.

use super::canvas::{Canvas, Hold, mark};
use super::font::{shorten, text_width};
use super::frame::{Frame, Paint, TEXT};
use super::sheet::Pen;
use super::{Axes, Cell, Chart, Mark, Rect, Subject, Table, phrase};
use crate::report::{Agreement, Filter};
use crate::text;

/// Classes drawn at most, the most frequent ones; all are in the table.
const MOST: usize = 12;

/// Draws the counts of every pair of classes. `None` without agreement part or without a count.
pub(super) fn draw(subject: &Subject, frame: &Frame) -> Option<Chart> {
    let agreement = subject.report.agreement.ready()?;
    let size = agreement.classes.len();
    let total: u64 = agreement.counts.iter().sum();
    if size == 0 || total == 0 || agreement.counts.len() != size * size {
        return None;
    }
    let shown = shown(agreement);
    let grid = grid(agreement, &shown, frame);
    let mut canvas = Canvas::new(grid.width, grid.area.bottom() + 24.0);
    heads(&mut canvas, agreement, &shown, &grid);
    let marks = cells(&mut canvas, agreement, &shown, &grid);
    let n = format!("n = {}", text::count(total));
    canvas.text(
        (grid.width, grid.area.bottom() + 14.0),
        Hold::Right,
        &n,
        Pen::new(Paint::Ink),
    );
    let reading = reading(agreement, total);
    let (width, height) = (canvas.width, canvas.height);
    Some(Chart {
        svg: canvas.finish("Confusion matrix", &reading),
        width,
        height,
        reading,
        table: table(agreement),
        marks,
        plot: grid.area,
        axes: Axes::default(),
        legend: Vec::new(),
        caption: caption(agreement, shown.len(), grid.has_counts),
    })
}

/// Places of the matrix: its area, the side of a cell, room for names, and whether columns carry letters.
struct Grid {
    area: Rect,
    cell: (f64, f64),
    names: f64,
    has_letters: bool,
    has_counts: bool,
    width: f64,
}

impl Grid {
    /// What a cell says: its count, or its share of the row in per cent where counts do not fit.
    fn words(&self, n: u64, share: f64) -> String {
        if self.has_counts {
            text::count(n)
        } else {
            text::fixed(share * 100.0, 0)
        }
    }
}

/// Indices of the classes drawn, in their own order: the most frequent of rows and columns.
fn shown(agreement: &Agreement) -> Vec<usize> {
    let size = agreement.classes.len();
    let weight = |k: usize| -> u64 { (0..size).map(|j| count(agreement, k, j) + count(agreement, j, k)).sum() };
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by_key(|&k| (std::cmp::Reverse(weight(k)), k));
    order.truncate(MOST);
    order.sort_unstable();
    order
}

fn count(agreement: &Agreement, row: usize, column: usize) -> u64 {
    agreement
        .counts
        .get(row * agreement.classes.len() + column)
        .copied()
        .unwrap_or(0)
}

fn class(agreement: &Agreement, k: usize) -> &str {
    agreement.classes.get(k).map_or("", String::as_str)
}

/// `a`, `b`, … for columns whose names do not fit.
fn letter(place: usize) -> String {
    u8::try_from(place)
        .ok()
        .map_or_else(String::new, |k| char::from(b'a' + k % 26).to_string())
}

#[allow(clippy::cast_precision_loss)] // at most a dozen classes
fn grid(agreement: &Agreement, shown: &[usize], frame: &Frame) -> Grid {
    let widest = shown
        .iter()
        .map(|&k| text_width(class(agreement, k), TEXT, false))
        .fold(0.0, f64::max);
    let count = shown.len() as f64;
    let largest = agreement.counts.iter().max().copied().unwrap_or(0);
    let need = text_width(&text::count(largest), TEXT, false) + 8.0;
    let names = (widest + 28.0).min(frame.width * 0.34);
    let cell = ((frame.width - names - 1.0) / count).min(96.0);
    let has_letters = widest + 8.0 > cell;
    let height = cell.clamp(26.0, 34.0);
    Grid {
        area: Rect {
            x: names,
            y: 44.0,
            w: cell * count,
            h: height * count,
        },
        cell: (cell, height),
        names,
        has_letters,
        has_counts: need <= cell,
        // Wide enough for the names of both judgements.
        width: (names + cell * count + 1.0).max(frame.width.min(360.0)),
    }
}

#[allow(clippy::cast_precision_loss)] // at most a dozen classes
fn heads(canvas: &mut Canvas, agreement: &Agreement, shown: &[usize], grid: &Grid) {
    let muted = Pen::new(Paint::Muted);
    let room = grid.width;
    canvas.text(
        (0.0, 8.0),
        Hold::Left,
        &shorten(&format!("rows: {}", agreement.rows), TEXT, room * 0.48),
        muted,
    );
    let columns = shorten(&format!("columns: {}", agreement.columns), TEXT, room * 0.48);
    canvas.text((grid.width, 8.0), Hold::Right, &columns, muted);
    for (place, &k) in shown.iter().enumerate() {
        let y = grid.area.y + (place as f64 + 0.5) * grid.cell.1;
        let name = class(agreement, k);
        if grid.has_letters {
            canvas.text((0.0, y), Hold::Left, &letter(place), muted);
            canvas.text(
                (16.0, y),
                Hold::Left,
                &shorten(name, TEXT, grid.names - 24.0),
                Pen::new(Paint::Ink),
            );
        } else {
            canvas.text(
                (0.0, y),
                Hold::Left,
                &shorten(name, TEXT, grid.names - 8.0),
                Pen::new(Paint::Ink),
            );
        }
        let x = grid.area.x + (place as f64 + 0.5) * grid.cell.0;
        let head = if grid.has_letters {
            letter(place)
        } else {
            shorten(name, TEXT, grid.cell.0 - 4.0)
        };
        canvas.text((x, grid.area.y - 10.0), Hold::Middle, &head, muted);
    }
}

#[allow(clippy::cast_precision_loss)] // counts of samples
fn cells(canvas: &mut Canvas, agreement: &Agreement, shown: &[usize], grid: &Grid) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (i, &row) in shown.iter().enumerate() {
        let of_row: u64 = (0..agreement.classes.len()).map(|c| count(agreement, row, c)).sum();
        for (j, &column) in shown.iter().enumerate() {
            let n = count(agreement, row, column);
            let share = n as f64 / of_row.max(1) as f64;
            let rect = Rect {
                x: grid.area.x + j as f64 * grid.cell.0,
                y: grid.area.y + i as f64 * grid.cell.1,
                w: grid.cell.0 - 1.0,
                h: grid.cell.1 - 1.0,
            };
            canvas.block(rect, Pen::new(Paint::Region));
            let paint = if row == column { Paint::Right } else { Paint::Wrong };
            if n > 0 {
                // At most 0.45, so that ink on it keeps its contrast in light and dark.
                canvas.block(rect, Pen::new(paint).alpha(0.06 + 0.39 * share));
            }
            let words = grid.words(n, share);
            let middle = (rect.x + rect.w / 2.0, rect.y + rect.h / 2.0);
            if text_width(&words, TEXT, false) <= rect.w - 2.0 {
                let pen = Pen::new(if n > 0 { Paint::Ink } else { Paint::Muted });
                canvas.text(middle, Hold::Middle, &words, pen);
            }
            marks.push(cell_mark(agreement, (row, column), (n, share), rect));
        }
    }
    marks
}

fn cell_mark(agreement: &Agreement, (row, column): (usize, usize), (n, share): (u64, f64), rect: Rect) -> Mark {
    let (truth, predicted) = (class(agreement, row), class(agreement, column));
    let label = format!(
        "{} “{truth}”, {} “{predicted}”: {} ({} of the row)",
        agreement.rows,
        agreement.columns,
        text::counted(n, "sample"),
        phrase::share(share)
    );
    let filter = match agreement.second.as_str() {
        "" => Filter::Cell {
            truth: truth.to_owned(),
            predicted: predicted.to_owned(),
        },
        second => Filter::Judged {
            second: second.to_owned(),
            theirs: truth.to_owned(),
            own: predicted.to_owned(),
        },
    };
    mark(rect, label, (n > 0).then_some(filter))
}

fn reading(agreement: &Agreement, total: u64) -> String {
    let size = agreement.classes.len();
    let same: u64 = (0..size).map(|k| count(agreement, k, k)).sum();
    let pairs = (0..size)
        .flat_map(|r| (0..size).map(move |c| (r, c)))
        .filter(|(r, c)| r != c);
    let worst = pairs.max_by_key(|&(r, c)| (count(agreement, r, c), std::cmp::Reverse((r, c))));
    #[allow(clippy::cast_precision_loss)] // counts of samples
    let share = phrase::share(same as f64 / total.max(1) as f64);
    let agrees = format!(
        "{} and {} agree on {share} of {}",
        text::capitalised(&agreement.rows),
        agreement.columns,
        text::counted(total, "sample")
    );
    match worst {
        Some((r, c)) if count(agreement, r, c) > 0 && !agreement.second.is_empty() => format!(
            "{agrees}; most often apart: “{}” by {}, “{}” by {} ({}).",
            class(agreement, r),
            agreement.rows,
            class(agreement, c),
            agreement.columns,
            text::count(count(agreement, r, c))
        ),
        Some((r, c)) if count(agreement, r, c) > 0 => format!(
            "{agrees}; the most frequent confusion is “{}” taken for “{}” ({}).",
            class(agreement, r),
            class(agreement, c),
            text::count(count(agreement, r, c))
        ),
        _ => format!("{agrees}."),
    }
}

fn caption(agreement: &Agreement, shown: usize, has_counts: bool) -> String {
    let what = if has_counts {
        "Counts"
    } else {
        "Share of the row in per cent"
    };
    let more = match agreement.classes.len() - shown {
        0 => String::new(),
        more => format!(
            " The {} less frequent classes are in the table.",
            text::count(more as u64)
        ),
    };
    format!("{what}; the shade is the share of the row, agreement along the diagonal.{more}")
}

fn table(agreement: &Agreement) -> Table {
    let mut headers = vec![format!("{} \\ {}", agreement.rows, agreement.columns)];
    headers.extend(agreement.classes.iter().cloned());
    let size = agreement.classes.len();
    let row = |r: usize| {
        let mut cells = vec![Cell::text(class(agreement, r))];
        cells.extend((0..size).map(|c| Cell::count(count(agreement, r, c))));
        cells
    };
    Table {
        caption: "Confusion matrix".to_owned(),
        headers,
        rows: (0..size).map(row).collect(),
    }
}
