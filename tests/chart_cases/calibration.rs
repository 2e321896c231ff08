//! The calibration part.

use assay::estimate::{Estimate, Unit};
use assay::report::{BandPoint, Calibration, HistogramBin, Point, Reliability, ReliabilityBin, Report, Section};
use assay::stat::bin::{BinRow, reliability};
use assay::stat::calibration::overconfidence;

use super::{LEVEL, share};

pub fn fill(report: &mut Report, p: &[f64], y: &[bool]) {
    let mut values = p.to_vec();
    values.sort_by(f64::total_cmp);
    values.dedup();
    let rows = reliability(p, y, 10, 1.0 - LEVEL).unwrap();
    let is_discrete = values.len() <= 12;
    let corp = isotonic(p, y);
    let n = p.len();
    let mean = p.iter().sum::<f64>() / n as f64;
    let right = y.iter().filter(|y| **y).count();
    let gap = overconfidence(p, y).and_then(|o| Some((o.gap, o.interval(1.0 - LEVEL)?)));
    report.metrics.insert(
        "calibration.gap".to_owned(),
        match gap {
            Some((gap, i)) => Estimate::new(gap, (Some(i.low), Some(i.high)), LEVEL, n as u64, "mean", Unit::Points),
            None => Estimate::undefined("2 samples are needed", n as u64, "mean", Unit::Points),
        },
    );
    let (risk_coverage, selective) = selective(p, y);
    if let Some(at) = selective.iter().find(|s| s.x >= 0.8) {
        let k = (at.x * n as f64).round() as u64;
        let estimate = share((at.y * k as f64).round() as u64, k);
        report.metrics.insert("selective.accuracy-80".to_owned(), estimate);
    }
    report.calibration = Section::Ready(Calibration {
        risk_coverage,
        selective,
        n: n as u64,
        source: "the confidence stated in the output".to_owned(),
        mean_confidence: mean,
        frequency: right as f64 / n as f64,
        distinct: values.len() as u64,
        is_discrete,
        histogram: histogram(&rows),
        equal_width: Reliability {
            scheme: "equal width".to_owned(),
            bins_asked: 10,
            bins: rows.iter().map(bin).collect(),
        },
        distinct_values: is_discrete.then(|| distinct(&values, p, y)),
        corp_band: corp.iter().map(|c| around(c.x, n)).collect(),
        corp,
        ..Calibration::default()
    });
}

fn bin(row: &BinRow) -> ReliabilityBin {
    ReliabilityBin {
        low: row.bin.low,
        high: row.bin.high,
        n: row.bin.n,
        right: row.bin.right,
        confidence: row.bin.conf,
        frequency: row.bin.freq(),
        wilson: (row.wilson.low, row.wilson.high),
        clopper_pearson: (row.clopper_pearson.low, row.clopper_pearson.high),
        consistency: (row.consistency.low, row.consistency.high),
    }
}

fn distinct(values: &[f64], p: &[f64], y: &[bool]) -> Reliability {
    let one = |&value: &f64| {
        let n = p.iter().filter(|p| **p == value).count() as u64;
        let right = p.iter().zip(y).filter(|(p, y)| **p == value && **y).count() as u64;
        let interval = share(right, n).interval().unwrap();
        ReliabilityBin {
            low: value,
            high: value,
            n,
            right,
            confidence: value,
            frequency: right as f64 / n as f64,
            wilson: interval,
            clopper_pearson: interval,
            consistency: (value - 0.05, (value + 0.05).min(1.0)),
        }
    };
    Reliability {
        scheme: "distinct values".to_owned(),
        bins_asked: values.len() as u32,
        bins: values.iter().map(one).collect(),
    }
}

fn histogram(rows: &[BinRow]) -> Vec<HistogramBin> {
    let at = |m: usize| {
        rows.iter()
            .find(|r| r.bin.index == m)
            .map_or((0, 0), |r| (r.bin.right, r.bin.n - r.bin.right))
    };
    (0..10)
        .map(|m| HistogramBin {
            low: m as f64 / 10.0,
            high: (m + 1) as f64 / 10.0,
            right: at(m).0,
            wrong: at(m).1,
        })
        .collect()
}

/// Pool adjacent violators on values pooled by confidence; the ends of its blocks.
fn isotonic(p: &[f64], y: &[bool]) -> Vec<Point> {
    let mut pairs: Vec<(f64, f64)> = p.iter().zip(y).map(|(p, y)| (*p, f64::from(u8::from(*y)))).collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut blocks: Vec<(f64, f64, f64, f64)> = Vec::new(); // low, high, sum, n
    for (p, y) in pairs {
        match blocks.last_mut() {
            Some(last) if last.0 == p => {
                last.2 += y;
                last.3 += 1.0;
            }
            _ => blocks.push((p, p, y, 1.0)),
        }
    }
    let mut pooled: Vec<(f64, f64, f64, f64)> = Vec::new();
    for block in blocks {
        pooled.push(block);
        while let [.., a, b] = pooled[..] {
            if a.2 / a.3 < b.2 / b.3 {
                break;
            }
            pooled.truncate(pooled.len() - 2);
            pooled.push((a.0, b.1, a.2 + b.2, a.3 + b.3));
        }
    }
    let mut points = Vec::new();
    for (low, high, sum, n) in pooled {
        points.push(Point { x: low, y: sum / n });
        if high > low {
            points.push(Point { x: high, y: sum / n });
        }
    }
    points
}

fn around(x: f64, n: usize) -> BandPoint {
    let half = 1.6 * (x * (1.0 - x) * 6.0 / n as f64).sqrt();
    BandPoint {
        x,
        low: (x - half).max(0.0),
        high: (x + half).min(1.0),
    }
}

/// Risk by coverage from 30 samples on, and the share right at every tenth of coverage.
fn selective(p: &[f64], y: &[bool]) -> (Vec<Point>, Vec<Point>) {
    let n = p.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| p[b].total_cmp(&p[a]));
    let mut wrong = 0;
    let mut risk = Vec::new();
    for (k, &row) in order.iter().enumerate() {
        wrong += u64::from(!y[row]);
        if k + 1 >= 30 {
            risk.push(Point {
                x: (k + 1) as f64 / n as f64,
                y: wrong as f64 / (k + 1) as f64,
            });
        }
    }
    let at = |c: f64| {
        risk.iter()
            .find(|r| r.x >= c - 1e-9)
            .map(|r| Point { x: r.x, y: 1.0 - r.y })
    };
    let selective = (1..=10).filter_map(|k| at(f64::from(k) / 10.0)).collect();
    let every = risk.len().div_ceil(256).max(1);
    let last = risk.len().saturating_sub(1);
    let kept = risk.iter().enumerate().filter(|(i, _)| i % every == 0 || *i == last);
    (kept.map(|r| *r.1).collect(), selective)
}
