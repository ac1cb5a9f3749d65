//! Whether an answer is the one that what was written before calls for.

use std::collections::HashSet;

use hyper::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use super::{
    Fault, Step, User,
    answer::{Answer, id_of},
    difference::difference,
    objects::Object,
    step::Subject,
};

impl User {
    /// Checks what came for `step`, and notes what it says of the objects.
    ///
    /// # Errors
    /// [`Fault::Status`] for a status that says so itself, [`Fault::Mismatch`] for anything else
    /// that is not as it must be, 404 for an object that must exist among it. That 404 comes for
    /// an object that was deleted is as it must be.
    pub fn check(
        &mut self,
        step: &Step,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(), Fault> {
        let answer = Answer {
            status,
            headers,
            body,
        };
        match &step.subject {
            Subject::New(number) => self.check_created(*number, &answer),
            Subject::All => self.check_list(&answer),
            Subject::Live(object) => self.check_read(object, &answer),
            Subject::Replaced(object) => self.check_replaced(object, &answer),
            Subject::Doomed(object) => self.check_deleted(object, &answer),
            Subject::Deleted(object) => self.check_gone(object, &answer),
        }
    }

    fn check_created(&mut self, number: u64, answer: &Answer<'_>) -> Result<(), Fault> {
        answer.expect(&[StatusCode::CREATED, StatusCode::OK])?;
        let body = answer.object()?;
        let given = body.as_ref().and_then(id_of);
        let (location, given) = (answer.location().map(str::to_owned), given);
        let id = match (location, given) {
            (Some(location), Some(id)) if location != id => {
                return mismatch(format!("`Location` ends in {location}, `id` is {id}"));
            }
            (Some(id), _) | (None, Some(id)) => id,
            (None, None) => return mismatch("there is neither `Location` nor `id`"),
        };
        if !self.scenario.can_ask_for(&id) {
            return mismatch(format!(
                "`Location` ends in {id}, which is no part of a path"
            ));
        }
        let taken = self.objects.live(&id).is_some();
        self.objects.put(Object {
            id: id.clone(),
            number,
        });
        if taken {
            return mismatch(format!("the id {id} was given to two objects"));
        }
        let sent = self.scenario.creation(number);
        let said = body.and_then(|body| difference(&sent, &body));
        said.map_or(Ok(()), mismatch)
    }

    fn check_read(&mut self, object: &Object, answer: &Answer<'_>) -> Result<(), Fault> {
        self.expect_there(object, answer)?;
        answer.expect(&[StatusCode::OK])?;
        match answer.object()? {
            Some(body) => self.compare_with_id(object, &body),
            None => mismatch("the body is empty"),
        }
    }

    fn check_replaced(&mut self, object: &Object, answer: &Answer<'_>) -> Result<(), Fault> {
        self.expect_there(object, answer)?;
        if answer.leaves_doubt() {
            self.objects.doubt(&object.id);
        }
        answer.expect(&[StatusCode::OK, StatusCode::NO_CONTENT])?;
        self.objects.put(object.clone());
        let body = answer.object()?;
        body.map_or(Ok(()), |body| self.compare_with_id(object, &body))
    }

    fn check_deleted(&mut self, object: &Object, answer: &Answer<'_>) -> Result<(), Fault> {
        self.expect_there(object, answer)?;
        if answer.leaves_doubt() {
            self.objects.doubt(&object.id);
        }
        answer.expect(&[StatusCode::NO_CONTENT, StatusCode::OK])?;
        self.objects.delete(&object.id);
        Ok(())
    }

    fn check_gone(&mut self, object: &Object, answer: &Answer<'_>) -> Result<(), Fault> {
        if let StatusCode::NOT_FOUND | StatusCode::GONE = answer.status {
            return Ok(());
        }
        answer.expect(&[StatusCode::OK])?;
        // Somebody else's new object may have been given the same id.
        self.objects.bury(&object.id);
        let body = answer.object()?.unwrap_or_default();
        if self.compare(object.number, &body).is_err() {
            return Ok(());
        }
        self.objects.doubt(&object.id);
        mismatch("it was deleted, and is there again")
    }

    fn check_list(&self, answer: &Answer<'_>) -> Result<(), Fault> {
        answer.expect(&[StatusCode::OK])?;
        let items = answer.items()?;
        let mut found = HashSet::new();
        for item in &items {
            let Some(id) = id_of(item) else { continue };
            self.check_item(&id, item)?;
            found.insert(id);
        }
        let whole = answer.is_whole() && !self.scenario.lists_a_part();
        let missing = self.objects.ids().find(|id| whole && !found.contains(*id));
        missing.map_or(Ok(()), |id| {
            mismatch(format!("the list is whole, and {id} is not in it"))
        })
    }

    /// Checks an item of a list, which may have fewer fields than the object itself.
    fn check_item(&self, id: &str, item: &Map<String, Value>) -> Result<(), Fault> {
        let fields = |number| {
            let mut fields = self.scenario.fields(number);
            fields.retain(|name, _| item.contains_key(name));
            fields
        };
        if let Some(number) = self.objects.live(id) {
            return difference(&fields(number), item)
                .map_or(Ok(()), |said| mismatch(format!("in the item {id}, {said}")));
        }
        let deleted = self.objects.deleted(id).map(fields);
        match deleted {
            Some(fields) if !fields.is_empty() && difference(&fields, item).is_none() => {
                mismatch(format!("{id} was deleted, and is in the list"))
            }
            _ => Ok(()),
        }
    }

    /// That an object that must exist is not said to be missing. If it is, it is not asked for
    /// again, so that one loss is one mismatch; it is deleted at the end.
    fn expect_there(&mut self, object: &Object, answer: &Answer<'_>) -> Result<(), Fault> {
        let (StatusCode::NOT_FOUND | StatusCode::GONE) = answer.status else {
            return Ok(());
        };
        self.objects.doubt(&object.id);
        mismatch(format!(
            "it must exist, and is answered with {}",
            answer.status
        ))
    }

    fn compare_with_id(&self, object: &Object, body: &Map<String, Value>) -> Result<(), Fault> {
        match id_of(body) {
            Some(id) if id != object.id => mismatch(format!("`id` is {id}, not {}", object.id)),
            _ => self.compare(object.number, body),
        }
    }

    fn compare(&self, number: u64, body: &Map<String, Value>) -> Result<(), Fault> {
        let said = difference(&self.scenario.fields(number), body);
        said.map_or(Ok(()), mismatch)
    }
}

fn mismatch(what: impl Into<String>) -> Result<(), Fault> {
    Err(Fault::Mismatch(what.into()))
}

#[cfg(test)]
mod tests;
