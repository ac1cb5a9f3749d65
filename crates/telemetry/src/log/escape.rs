//! Text into a line, so that no text can end the line or pretend to be more of it.

use std::io::Write as _;

use super::find::find;

/// Appends `text` as the inside of a JSON string.
pub(super) fn json(line: &mut Vec<u8>, text: &str) {
    escape(line, text, |line, character| match character {
        '"' => line.extend_from_slice(b"\\\""),
        '\\' => line.extend_from_slice(b"\\\\"),
        '\n' => line.extend_from_slice(b"\\n"),
        '\t' => line.extend_from_slice(b"\\t"),
        other => unicode(line, other),
    });
}

/// Appends `text` for people: quotes stay, what moves the cursor does not.
pub(super) fn plain(line: &mut Vec<u8>, text: &str) {
    escape(line, text, |line, character| match character {
        '"' => line.push(b'"'),
        '\\' => line.push(b'\\'),
        '\n' => line.extend_from_slice(b"\\n"),
        '\t' => line.extend_from_slice(b"\\t"),
        other => unicode(line, other),
    });
}

fn escape(line: &mut Vec<u8>, text: &str, special: impl Fn(&mut Vec<u8>, char)) {
    let mut rest = text;
    let mut at = 0;
    while let Some(step) = find(&rest.as_bytes()[at..], is_suspect) {
        at += step;
        let Some(character) = rest[at..].chars().next() else {
            break;
        };
        let next = at + character.len_utf8();
        if !is_special(character) {
            at = next;
            continue;
        }
        line.extend_from_slice(&rest.as_bytes()[..at]);
        special(line, character);
        rest = &rest[next..];
        at = 0;
    }
    line.extend_from_slice(rest.as_bytes());
}

/// Whether a special character may begin with `byte`; it never is the middle of a character.
pub(super) fn is_suspect(byte: u8) -> bool {
    (byte < b' ')
        | (byte == b'"')
        | (byte == b'\\')
        | (byte == 0x7f)
        | (byte == 0xc2)
        | (byte == 0xd8)
        | (byte == 0xe2)
}

/// Beside what JSON itself demands: C1 controls, which terminals obey, line separators, at which
/// some readers split, and direction marks, which make a line read as another one.
fn is_special(character: char) -> bool {
    match character {
        '"' | '\\' => true,
        ' '..='~' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' => true,
        '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        other => other.is_control(),
    }
}

/// Every special character is in the basic plane: one escape of four digits.
fn unicode(line: &mut Vec<u8>, character: char) {
    // Writing into memory does not fail.
    let _ = write!(line, "\\u{:04x}", u32::from(character));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_text_reads_back_as_it_was_and_stays_on_its_line() {
        let texts = [
            "plain",
            "quote \" backslash \\ newline \n return \r tab \t nul \0 escape \u{1b}[31m",
            "next line \u{85} separators \u{2028}\u{2029} reversed \u{202e} isolate \u{2066}",
            "marks \u{61c}\u{200e}\u{200f}, and what begins like them: ©ب‘ ",
            "Zürich 東京 🦀",
        ];
        for text in texts {
            let mut line = vec![b'"'];
            json(&mut line, text);
            line.push(b'"');

            assert_eq!(serde_json::from_slice::<String>(&line).unwrap(), text);
            let line = String::from_utf8(line).unwrap();
            assert!(
                !line.contains(
                    |c: char| c.is_control() || "\u{61c}\u{200e}\u{2028}\u{202e}".contains(c)
                ),
                "{line}"
            );
        }
    }

    #[test]
    fn plain_text_keeps_quotes_and_loses_controls() {
        let mut line = Vec::new();

        plain(&mut line, "say \"hi\" \\ \r\n\u{1b}[2J");

        assert_eq!(line, br#"say "hi" \ \u000d\n\u001b[2J"#);
    }
}
