//! What a gate or a trigger measures, where, and what it holds the value against.

use std::rc::Rc;

use leptos::prelude::*;

use super::Sheet;
use crate::{
    estimate::Unit,
    report::{COMPARE, Direction, METRICS, Metric},
    review::{
        Policy,
        policy::{Gate, SliceName, Trigger, amount},
    },
    ui::review::typed::{Choose, Reads, Typed},
};

/// What gates and triggers have in common.
pub trait Condition: Clone + 'static {
    /// Id of the metric.
    fn metric(&mut self) -> &mut String;
    /// The slice, if not all samples.
    fn slice(&mut self) -> &mut Option<SliceName>;
    /// Smallest and largest value that is fine.
    fn limits(&mut self) -> (&mut Option<f64>, &mut Option<f64>);
    /// The margin, where the kind has one.
    fn margin(&mut self) -> Option<&mut Option<f64>>;
}

impl Condition for Gate {
    fn metric(&mut self) -> &mut String {
        &mut self.metric
    }
    fn slice(&mut self) -> &mut Option<SliceName> {
        &mut self.slice
    }
    fn limits(&mut self) -> (&mut Option<f64>, &mut Option<f64>) {
        (&mut self.at_least, &mut self.at_most)
    }
    fn margin(&mut self) -> Option<&mut Option<f64>> {
        Some(&mut self.margin)
    }
}

impl Condition for Trigger {
    fn metric(&mut self) -> &mut String {
        &mut self.metric
    }
    fn slice(&mut self) -> &mut Option<SliceName> {
        &mut self.slice
    }
    fn limits(&mut self) -> (&mut Option<f64>, &mut Option<f64>) {
        (&mut self.at_least, &mut self.at_most)
    }
    fn margin(&mut self) -> Option<&mut Option<f64>> {
        None
    }
}

/// The fields of a condition.
pub fn fields<T: Condition>(
    sheet: Sheet,
    list: fn(&mut Policy) -> &mut Vec<T>,
    place: usize,
    item: &T,
) -> impl IntoView + use<T> {
    let mut item = item.clone();
    let metric = item.metric().clone();
    let known = Metric::find(&metric);
    let compares = metric.starts_with(COMPARE);
    // Another metric has another unit, so its limit is asked for again.
    let choose_metric: Rc<dyn Fn(String)> = Rc::new(move |id| {
        sheet.reshape(|policy| {
            if let Some(item) = list(policy).get_mut(place) {
                *item.metric() = id;
                let (least, most) = item.limits();
                (*least, *most) = (None, None);
                if let Some(margin) = item.margin() {
                    *margin = None;
                }
            }
        });
    });
    let base = metric.strip_prefix(COMPARE).unwrap_or(&metric).to_owned();
    let measured = known.filter(|metric| metric.compared).map(|metric| {
        let ways = vec![
            (metric.id.to_owned(), "its value".to_owned()),
            (
                format!("{COMPARE}{}", metric.id),
                "the change against the baseline".to_owned(),
            ),
        ];
        view! { <Choose label="Measured as" options=ways chosen=item.metric().clone() commit=choose_metric.clone() /> }
    });
    view! {
        <Choose label="Metric" options=metrics(&base) chosen=base commit=choose_metric.clone() />
        {measured}
        <Choose label="On" options=slices(sheet, item.slice().as_ref()) chosen=slice_words(item.slice().as_ref()) commit=sheet.put(list, place, |item: &mut T, text| {
            *item.slice() = SliceName::try_from(text).ok();
        }) />
        {known.map(|metric| limit_fields(sheet, list, place, &mut item, metric, compares))}
    }
}

/// Whether a text is an amount of `unit`.
pub(super) fn reads(unit: Unit, is_difference: bool) -> Reads {
    Rc::new(move |text| {
        amount::read(text, unit).is_some_and(|value| amount::fault(value, unit, is_difference).is_none())
    })
}

/// Which side of which limit is good.
fn limit_fields<T: Condition>(
    sheet: Sheet,
    list: fn(&mut Policy) -> &mut Vec<T>,
    place: usize,
    item: &mut T,
    metric: &'static Metric,
    compares: bool,
) -> impl IntoView + use<T> {
    let unit = if compares {
        metric.difference_unit()
    } else {
        metric.unit
    };
    let words = |value: Option<f64>| value.map(|value| amount::write(value, unit)).unwrap_or_default();
    let margin = item.margin().filter(|_| compares).map(|margin| words(*margin));
    let margin = margin.map(|value| {
        let commit = sheet.put(list, place, move |item: &mut T, text| {
            if let Some(margin) = item.margin() {
                *margin = amount::read(&text, unit);
            }
        });
        view! { <Typed label="May be worse by up to (margin)" value commit hint=amount::example(unit) reads=reads(unit, compares) /> }
    });
    let (least, most) = item.limits();
    let field = |label: &'static str, value: String, is_least: bool| {
        let commit = sheet.put(list, place, move |item: &mut T, text| {
            let (least, most) = item.limits();
            *(if is_least { least } else { most }) = amount::read(&text, unit);
        });
        view! { <Typed label value commit hint=amount::example(unit) reads=reads(unit, compares) /> }
    };
    let is_bare = margin.is_some();
    let wants_least = matches!(metric.direction, Direction::Larger | Direction::One) || least.is_some();
    let wants_most = !matches!(metric.direction, Direction::Larger) || most.is_some();
    let fields = [
        (wants_least && (!is_bare || least.is_some())).then(|| field("At least", words(*least), true)),
        (wants_most && (!is_bare || most.is_some())).then(|| {
            let label = if metric.direction == Direction::Zero {
                "Within (either side of 0)"
            } else {
                "At most"
            };
            field(label, words(*most), false)
        }),
    ];
    view! {
        {margin}
        {fields.into_iter().flatten().collect_view()}
    }
}

/// Every metric by its title, with its section where the title alone would not say; `own` even if it is unknown.
fn metrics(own: &str) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = METRICS
        .iter()
        .map(|metric| (metric.id.to_owned(), format!("{} ({})", metric.title, metric.id)))
        .collect();
    if !all.iter().any(|(id, _)| id == own) {
        all.insert(0, (own.to_owned(), own.to_owned()));
    }
    all
}

/// The slices of the run on show, all samples first.
fn slices(sheet: Sheet, own: Option<&SliceName>) -> Vec<(String, String)> {
    let mut all = vec![(String::new(), "all samples".to_owned())];
    let found = sheet.state.report.with_untracked(|report| {
        let rows = report
            .as_ref()
            .and_then(|report| report.slices.ready())
            .map(|slices| slices.rows.clone());
        rows.unwrap_or_default()
    });
    for row in found {
        if let [(name, value)] = row.conditions.as_slice() {
            all.push((format!("{name}={value}"), format!("{name}: {value}")));
        }
    }
    let own = slice_words(own);
    if !all.iter().any(|(value, _)| *value == own) {
        all.push((own.clone(), format!("{own} (not in this run)")));
    }
    all
}

fn slice_words(slice: Option<&SliceName>) -> String {
    slice.cloned().map(String::from).unwrap_or_default()
}
