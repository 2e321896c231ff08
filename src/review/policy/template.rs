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
