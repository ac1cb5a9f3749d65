//! The next byte of a kind, found some times faster than one after the other.

/// How many bytes are looked at together.
const BLOCK: usize = 16;

/// Where the first byte of `text` is that `is_wanted`, which should be without branches: `|`
/// between its comparisons lets the processor look at a whole block with a few instructions.
pub(super) fn find(text: &[u8], is_wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    let has_one = |block: &[u8; BLOCK]| {
        let found = |found, byte: &u8| found | is_wanted(*byte);
        block.iter().fold(false, found)
    };
    let skipped = blocks.iter().take_while(|block| !has_one(block)).count() * BLOCK;
    if skipped + rest.len() == text.len() {
        // A block with the rest at its beginning, and nothing that the rest has not got.
        let mut last = [*rest.first()?; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        if !has_one(&last) {
            return None;
        }
    }
    let found = text[skipped..].iter().position(|byte| is_wanted(*byte))?;
    Some(skipped + found)
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn the_first_one_is_found_wherever_it_is() {
        for length in 0..50 {
            let mut text = vec![b'.'; length];
            assert_eq!(find(&text, |byte| byte == b'!'), None);
            for place in (0..length).rev() {
                text[place] = b'!';

                assert_eq!(find(&text, |byte| byte == b'!'), Some(place), "of {length}");
            }
        }
    }
}
