//! The comments of a contract, which are the prose of its API.

use std::collections::HashMap;

use prost_reflect::{
    DescriptorPool, EnumDescriptor, EnumValueDescriptor, FieldDescriptor, FileDescriptor,
    MessageDescriptor, MethodDescriptor, ServiceDescriptor,
};

/// Where the `package` statement of a file stands among its parts.
const PACKAGE: [i32; 1] = [2];

/// The comments of all parts of a contract.
#[derive(Debug, Default)]
pub(crate) struct Comments {
    by_place: HashMap<(String, Vec<i32>), String>,
    by_package: HashMap<String, String>,
}

/// What a comment says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prose {
    /// All of it, as Markdown.
    pub(crate) text: String,
    /// Its first sentence, without the full stop.
    pub(crate) summary: String,
}

impl Comments {
    /// Collects them; a descriptor set without them has none.
    pub(crate) fn new(pool: &DescriptorPool) -> Self {
        let mut comments = Self::default();
        for file in pool.files() {
            let places = file.file_descriptor_proto().source_code_info.iter();
            for place in places.flat_map(|info| &info.location) {
                let Some(comment) = &place.leading_comments else { continue };
                let text = plain(comment);
                if place.path == PACKAGE {
                    comments.by_package.insert(file.package_name().to_owned(), text.clone());
                }
                comments.by_place.insert((file.name().to_owned(), place.path.clone()), text);
            }
        }
        comments
    }

    /// What is said of a package, by whichever of its files says anything.
    pub(crate) fn package(&self, name: &str) -> &str {
        self.by_package.get(name).map_or("", String::as_str)
    }

    pub(crate) fn of_service(&self, service: &ServiceDescriptor) -> Prose {
        self.at(&service.parent_file(), service.path())
    }

    pub(crate) fn of_method(&self, method: &MethodDescriptor) -> Prose {
        self.at(&method.parent_file(), method.path())
    }

    pub(crate) fn of_message(&self, message: &MessageDescriptor) -> Prose {
        self.at(&message.parent_file(), message.path())
    }

    pub(crate) fn of_field(&self, field: &FieldDescriptor) -> Prose {
        self.at(&field.parent_file(), field.path())
    }

    pub(crate) fn of_enum(&self, descriptor: &EnumDescriptor) -> Prose {
        self.at(&descriptor.parent_file(), descriptor.path())
    }

    pub(crate) fn of_value(&self, value: &EnumValueDescriptor) -> Prose {
        self.at(&value.parent_file(), value.path())
    }

    fn at(&self, file: &FileDescriptor, path: &[i32]) -> Prose {
        let text = self.by_place.get(&(file.name().to_owned(), path.to_vec()));
        let text = text.cloned().unwrap_or_default();
        Prose { summary: summary(&text), text }
    }
}

/// The text without the blank behind each `//`, and without references to other parts, of which
/// only their text is kept: `[Region][takar.v1.Region]`.
fn plain(comment: &str) -> String {
    let lines = comment.lines().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end());
    let mut text = lines.collect::<Vec<_>>().join("\n");
    while let Some((open, middle, close)) = reference(&text) {
        text.replace_range(middle..=close, "");
        text.remove(open);
    }
    text.trim().to_owned()
}

/// Where the first reference opens, where its text ends, and where it ends itself.
fn reference(text: &str) -> Option<(usize, usize, usize)> {
    let middle = text.find("][")?;
    let close = middle + 2 + text[middle + 2..].find(']')?;
    Some((text[..middle].rfind('[')?, middle, close))
}

fn summary(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let end = paragraph.find(". ").unwrap_or(paragraph.len());
    paragraph[..end].trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_leave_their_text() {
        let comment = " Lists as [Service][a.v1.Service] does, and [Other][a.v1.Other].\n More.\n";
        assert_eq!(plain(comment), "Lists as Service does, and Other.\nMore.");
        assert_eq!(plain(" a][b"), "a][b");
    }

    #[test]
    fn the_first_sentence_is_the_summary() {
        assert_eq!(summary("Gets a\nthing. Or not.\n\nMore."), "Gets a thing");
        assert_eq!(summary("Gets v1.2 of it."), "Gets v1.2 of it");
        assert_eq!(summary(""), "");
    }
}
