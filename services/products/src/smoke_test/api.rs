//! A round trip over the API, all of it on one connection and so with one replica.

use hyper::Method;
use serde_json::json;

use super::{Answer, Line, Request, Sample, Target, step};

/// Carries it out.
///
/// # Errors
/// The first step that failed.
pub(super) async fn check(target: &Target, sample: &mut Sample) -> anyhow::Result<()> {
    let line = &mut target.line();
    target.await_ready(line).await?;
    let created = step("create", sample.create(line)).await?;
    step("read", sample.read(line, &created)).await?;
    step("unchanged", unchanged(sample, line, &created)).await?;

    let changed = write(sample, line, &created).await?;
    step("read again", sample.read(line, &changed)).await?;
    step("find", find(sample, line, &changed)).await?;

    step("delete", sample.delete(line)).await?;
    step("gone", sample.miss(line)).await?;
    Ok(())
}

async fn write(sample: &Sample, line: &mut Line, created: &Answer) -> anyhow::Result<Answer> {
    let body = sample.body(0.5, 8);
    let replaced = sample.change(line, Method::PUT, body, created);
    let replaced = step("replace", replaced).await?;
    step("outdated", outdated(sample, line, created)).await?;
    step("patch", patch(sample, line, &replaced)).await
}

/// What the client has already is not sent again.
async fn unchanged(sample: &Sample, line: &mut Line, read: &Answer) -> anyhow::Result<Answer> {
    let request = Request::get(&sample.path()).on("If-None-Match", read.header("ETag")?);
    let answer = line.send(request).await?.expect_status(304)?;
    if answer.body.is_empty() {
        return Ok(answer);
    }
    Err(answer.unexpected("no body", &answer.body))
}

/// Who has read an old version overwrites nothing.
async fn outdated(sample: &Sample, line: &mut Line, old: &Answer) -> anyhow::Result<Answer> {
    let request = Request::new(Method::PUT, &sample.path())
        .json(sample.body(0.25, 1))
        .on("If-Match", old.header("ETag")?);
    line.send(request).await?.expect_status(412)
}

/// A patch leaves alone what it does not name, and the refused replacement left everything.
async fn patch(sample: &Sample, line: &mut Line, replaced: &Answer) -> anyhow::Result<Answer> {
    let change = sample.change(line, Method::PATCH, json!({"amount": 9}), replaced);
    let answer = change.await?;
    answer.expect_members(&sample.body(0.5, 9))?;
    Ok(answer)
}

/// The list of those with its name is it, and nothing else.
async fn find(sample: &Sample, line: &mut Line, written: &Answer) -> anyhow::Result<Answer> {
    let (answer, found) = sample.listed(line).await?;
    if found == [written.json()?] {
        return Ok(answer);
    }
    Err(answer.unexpected(&format!("[{}]", written.body), &answer.body))
}
