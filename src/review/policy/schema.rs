//! The JSON Schema of a policy, generated from the table of metrics.

use serde_json::{Map, Value, json};

use super::MOST_LOOKS;
use super::decode::{CONTRACT, GATE, LATENCY, TRIGGER, WAIVER};
use crate::report::{COMPARE, METRICS};

/// The JSON Schema (2020-12) of a policy file, for editors and for checks outside of this program.
#[must_use]
pub fn schema() -> Value {
    let list = |what: &str, known: &[&str], needed: &[&str]| json!({ "type": "array", "maxItems": 500, "items": table(what, known, needed) });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Assay policy",
        "description": "Gates, triggers, latency budgets and the data contract that a model evaluation is held against.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "title": { "type": "string" },
            "looks": {
                "type": "integer",
                "minimum": 1,
                "maximum": MOST_LOOKS,
                "default": 1,
                "description": "How often the run is judged by this policy while it goes on, the last time included. Each gate \
                                is then judged at its own (1 - level) / looks.",
            },
            "gate": list("A condition that must hold before release.", GATE, &["id", "metric"]),
            "trigger": list("A condition watched after release.", TRIGGER, &["id", "metric"]),
            "latency": table("Latency budgets.", LATENCY, &[]),
            "contract": table("What the data must be like.", CONTRACT, &[]),
            "waiver": list("Permission for a gate not to pass, for a while.", WAIVER, WAIVER),
        },
    })
}

fn table(what: &str, known: &[&str], needed: &[&str]) -> Value {
    let properties: Map<String, Value> = known.iter().map(|name| ((*name).to_owned(), property(name))).collect();
    json!({
        "type": "object",
        "description": what,
        "additionalProperties": false,
        "properties": properties,
        "required": needed,
    })
}

fn property(name: &str) -> Value {
    let day = json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" });
    let amount = |what: &str| json!({ "type": ["number", "string"], "description": what });
    let by_column = |value: Value| json!({ "type": "object", "additionalProperties": value });
    match name {
        "metric" => metrics(),
        "slice" => {
            json!({ "type": "string", "pattern": "^[^=]+=.+$", "description": "Column and value, such as lang=de." })
        }
        "at_least" => amount("Smallest allowed value: fractions, seconds, dollars; or a text with its unit."),
        "at_most" => amount("Largest allowed value: fractions, seconds, dollars; or a text with its unit."),
        "margin" => amount("How much worse than the baseline is still fine (non-inferiority)."),
        "level" => {
            json!({ "type": "number", "exclusiveMinimum": 0.5, "exclusiveMaximum": 1, "default": super::DEFAULT_LEVEL })
        }
        "min_n" | "samples" => json!({ "type": "integer", "minimum": 0 }),
        "severity" => json!({ "enum": ["block", "warn", "info"], "default": "block" }),
        "action" => json!({ "enum": ["rollback", "retrain", "investigate"], "default": "investigate" }),
        "date" | "until" => day,
        "budget" | "ttft_budget" | "p50" | "p90" | "p95" | "p99" => amount("Seconds, or a text such as \"800 ms\"."),
        "target" => amount("Share that should be within the budget, such as 0.99."),
        "required" => json!({ "type": "array", "items": { "type": "string" } }),
        "unique_ids" => json!({ "type": "boolean" }),
        "missing_at_most" => by_column(amount("Share, such as 0.05.")),
        "allowed" => by_column(json!({ "type": "array", "items": { "type": "string" } })),
        "types" => by_column(json!({ "enum": ["number", "integer", "boolean", "text"] })),
        "ranges" => by_column(json!({ "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": 2 })),
        _ => json!({ "type": "string" }),
    }
}

/// Every metric with what it means, then every difference.
fn metrics() -> Value {
    let own = METRICS
        .iter()
        .map(|m| json!({ "const": m.id, "title": m.title, "description": m.formula }));
    let differences = METRICS.iter().filter(|m| m.compared).map(|m| {
        let title = format!("{}, less the baseline", m.title);
        json!({ "const": format!("{COMPARE}{}", m.id), "title": title })
    });
    json!({ "oneOf": own.chain(differences).collect::<Vec<_>>() })
}
