//! Policies to start from.

/// A policy to start from: a file that says what each of its limits is for.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// Stable id.
    pub id: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// The file, with comments.
    pub toml: &'static str,
}

impl Template {
    /// The file with `date` (`2026-11-22`) as the day on which each gate's limit was set.
    #[must_use]
    pub fn dated(&self, date: &str) -> String {
        self.toml
            .replace("[[gate]]\n", &format!("[[gate]]\ndate = \"{date}\"\n"))
    }

    /// Whether `text` is this template as it is, dated or not: nobody has written anything into it.
    #[must_use]
    pub fn is_untouched(&self, text: &str) -> bool {
        let undated = |text: &str| -> Vec<String> {
            let own = text.lines().filter(|line| !line.starts_with("date = "));
            own.map(str::to_owned).collect()
        };
        undated(text) == undated(self.toml)
    }
}

/// Every template, in the order of the picker.
pub const TEMPLATES: &[Template] = &[
    Template {
        id: "assistant",
        name: "Assistant",
        toml: include_str!("../templates/assistant.toml"),
    },
    Template {
        id: "classifier",
        name: "Classifier",
        toml: include_str!("../templates/classifier.toml"),
    },
    Template {
        id: "rag",
        name: "Answers from documents (RAG)",
        toml: include_str!("../templates/rag.toml"),
    },
    Template {
        id: "agent",
        name: "Agent",
        toml: include_str!("../templates/agent.toml"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::Policy;

    #[test]
    fn a_dated_template_says_when_each_limit_was_set() {
        for template in TEMPLATES {
            let text = template.dated("2026-11-22");
            let policy = Policy::parse(&text).unwrap();
            assert!(!policy.gates.is_empty());
            assert!(
                policy.gates.iter().all(|gate| gate.date == "2026-11-22"),
                "{}",
                template.id
            );
            assert!(template.is_untouched(&text) && template.is_untouched(template.toml));
            assert!(
                !template.is_untouched(
                    &text
                        .replace("at_least = 0.8", "at_least = 0.7")
                        .replace("at_most", "at_least")
                )
            );
        }
    }
}
