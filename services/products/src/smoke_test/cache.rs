//! Reads come from the cache, and are never older than a write.
//!
//! A replica that took a write never answers with what was there before; the others do so for a
//! moment at most (docs/adr/0016). Behind a Service, several lines reach several replicas.

use std::collections::HashSet;

use anyhow::Context;
use hyper::Method;
use serde_json::json;

use super::{Answer, Line, Sample, Target, step, until};

/// So many connections read beside the one that writes.
const READERS: usize = 4;

const OFF: &str =
    "the cache is off: it needs cache.enabled and, with PostgreSQL, a cache.redis_url that answers";

/// Carries it out.
///
/// # Errors
/// The first step that failed.
pub(super) async fn check(target: &Target, sample: &mut Sample) -> anyhow::Result<()> {
    let writer = &mut target.line();
    let mut readers: Vec<Line> = (0..READERS).map(|_| target.line()).collect();
    target.await_ready(writer).await?;
    let created = step("create", sample.create(writer)).await?;
    step("hit", hit(target, sample, writer, &created)).await?;
    let all_hit = for_each(&mut readers, async |line| {
        hit(target, sample, line, &created).await
    });
    step("hit by others", all_hit).await?;

    let change = sample.change(writer, Method::PATCH, json!({"amount": 8}), &created);
    let changed = step("write", change).await?;
    step("not old", sample.read(writer, &changed)).await?;
    let all_new = for_each(&mut readers, async |line| {
        until(target.wait, async || sample.read(line, &changed).await).await
    });
    step("not old for others", all_new).await?;
    step("hit again", hit(target, sample, writer, &changed)).await?;

    step("delete", sample.delete(writer)).await?;
    step("gone", sample.miss(writer)).await?;
    let all_miss = for_each(&mut readers, async |line| {
        until(target.wait, async || sample.miss(line).await).await
    });
    step("gone for others", all_miss).await?;
    Ok(())
}

/// Reads until the answer comes from the cache.
async fn hit(
    target: &Target,
    sample: &Sample,
    line: &mut Line,
    written: &Answer,
) -> anyhow::Result<Answer> {
    let mut said = HashSet::new();
    let hit = until(target.wait, async || {
        let answer = sample.read(line, written).await?;
        said.insert(answer.header("X-Cache")?.to_owned());
        answer.expect_header("X-Cache", "hit")?;
        Ok(answer)
    });
    match hit.await {
        Err(error) if said == HashSet::from(["bypass".to_owned()]) => Err(error).context(OFF),
        other => other,
    }
}

/// The last answer, when all lines had theirs.
async fn for_each(
    lines: &mut [Line],
    mut look: impl AsyncFnMut(&mut Line) -> anyhow::Result<Answer>,
) -> anyhow::Result<Answer> {
    let (last, others) = lines.split_last_mut().context("there are readers")?;
    for line in others {
        look(line).await?;
    }
    look(last).await
}
