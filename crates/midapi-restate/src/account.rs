//! The virtual object of an account. It reserves the slots of the account: the times at which its tasks may be polled.

use std::time::Duration;

use jiff::Timestamp;
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use crate::slots::{Booking, Pause, Slot, Slots, add};

/// The key of the state that holds the [`Slots`].
const SLOTS: &str = "slots";
/// The key of the state that holds the id of the invocation that ends when the account is resumed.
const RESUMPTION: &str = "resumption";
const RESUMED: &str = "resumed";

/// A change to the settings of an account. In JSON, an absent member changes nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountChange {
    /// The new rate, in polls per second, for all workers together. The rate of a new account is 10.
    pub rate: Option<f64>,
    /// Pauses the account for this time, in seconds.
    pub pause: Option<f64>,
    /// Ends the current pause. If `pause` is set too, the new pause starts afterwards.
    pub resume: bool,
}

/// The status of an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountStatus {
    /// The name of the account.
    pub account: String,
    /// The rate, in polls per second, for all workers together.
    pub rate: f64,
    /// The current pause. None if the account is not paused.
    pub pause: Option<Pause>,
}

/// The reply of [`MidapiAccount::book`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct BookingReply {
    pub(crate) booking: Booking,
    /// The id of the invocation that ends when the account is resumed. Only set if the booking has no slot.
    pub(crate) resumption: Option<String>,
}

pub(crate) struct MidapiAccount;

#[restate_sdk::object(
    name = "MidapiAccount",
    client_visibility = "pub(crate)",
    journal_retention = "0s",
    invocation_retry_policy(
        initial_interval = "50ms",
        factor = 2.0,
        max_interval = "3s",
        // Practically unlimited: 70 attempts, the default of the server, would stop an invocation during a long outage
        // of the workers.
        max_attempts = 1_000_000_000
    )
)]
impl MidapiAccount {
    /// Reserves a slot at or after `due`, the time at which the poll is due. If `due` is None, the poll is due now.
    ///
    /// The bookings of an account are handled one after the other. If `due` is None, a booking takes longer, because
    /// the current time is first written to the log of the server. Callers therefore pass None only for the first poll
    /// of an invocation, and when a poll needs another slot.
    #[handler(ingress_private)]
    pub(crate) async fn book(
        &self,
        ctx: ObjectContext<'_>,
        due: Json<Option<Timestamp>>,
    ) -> HandlerResult<Json<BookingReply>> {
        let mut slots = load(&ctx).await?;
        let due = match due.into_inner() {
            Some(due) => due,
            None => ctx.run(current_time).name("time").await?.into_inner(),
        };
        let booking = slots.book(due);
        ctx.set(SLOTS, Json(slots));
        let resumption = if booking.slot.is_none() { ctx.get(RESUMPTION).await? } else { None };
        Ok(Json(BookingReply { booking, resumption }))
    }

    /// Whether a slot is still valid.
    #[handler(ingress_private)]
    pub(crate) async fn confirm(&self, ctx: SharedObjectContext<'_>, slot: Json<Slot>) -> HandlerResult<bool> {
        let slots = ctx.get::<Json<Slots>>(SLOTS).await?;
        Ok(slots.is_some_and(|slots| slots.0.is_valid(slot.into_inner())))
    }

    /// Pauses the account because of a response of the API.
    #[handler(ingress_private)]
    pub(crate) async fn slow_down(&self, ctx: ObjectContext<'_>, pause: Json<Pause>) -> HandlerResult<()> {
        let mut slots = load(&ctx).await?;
        let pause = pause.into_inner();
        if pause.until.is_none() && ctx.get::<String>(RESUMPTION).await?.is_none() {
            let resumption = ctx.object_client::<MidapiAccountClient>(ctx.key()).resumption();
            // Only an invocation with an idempotency key can be attached to.
            let handle = resumption.idempotency_key(ctx.invocation_id()).send().await?;
            ctx.set(RESUMPTION, handle.invocation_id().to_owned());
        }
        slots.pause_until(pause);
        ctx.set(SLOTS, Json(slots));
        Ok(())
    }

    /// Changes the rate of the account, or pauses or resumes its polls.
    #[handler]
    pub(crate) async fn configure(
        &self,
        ctx: ObjectContext<'_>,
        change: Json<AccountChange>,
    ) -> HandlerResult<Json<AccountStatus>> {
        let mut slots = load(&ctx).await?;
        let AccountChange { rate, pause, resume } = change.into_inner();
        let now = ctx.run(current_time).name("time").await?.into_inner();
        if resume {
            slots.resume();
            if let Some(resumption) = ctx.get::<String>(RESUMPTION).await? {
                ctx.invocation_handle(resumption).signal(RESUMED).resolve(());
                ctx.clear(RESUMPTION);
            }
        }
        if let Some(rate) = rate {
            slots.set_rate(now, rate).map_err(|error| usage(&error))?;
        }
        if let Some(pause) = pause {
            let pause = Duration::try_from_secs_f64(pause).map_err(|error| usage(&error))?;
            slots.pause_until(Pause { until: Some(add(now, pause)), reason: "requested".to_owned() });
        }
        let status = status(ctx.key(), &slots, now);
        ctx.set(SLOTS, Json(slots));
        Ok(Json(status))
    }

    /// Returns the status of the account. None if none of its tasks has been polled and neither a rate nor a pause has
    /// been set.
    #[handler]
    pub(crate) async fn status(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<Json<Option<AccountStatus>>> {
        let slots = ctx.get::<Json<Slots>>(SLOTS).await?.map(Json::into_inner);
        let now = ctx.run(current_time).name("time").await?.into_inner();
        Ok(Json(slots.map(|slots| status(ctx.key(), &slots, now))))
    }

    /// Waits until the account is resumed.
    #[handler(ingress_private, inactivity_timeout = "1s")]
    pub(crate) async fn resumption(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<()> {
        Ok(ctx.signal::<()>(RESUMED).await?)
    }
}

async fn load(ctx: &ObjectContext<'_>) -> Result<Slots, TerminalError> {
    Ok(ctx.get::<Json<Slots>>(SLOTS).await?.map(Json::into_inner).unwrap_or_default())
}

/// Returns the current time, to be stored in the journal.
pub(crate) async fn current_time() -> HandlerResult<Json<Timestamp>> {
    Ok(Json(Timestamp::now()))
}

fn status(key: &str, slots: &Slots, now: Timestamp) -> AccountStatus {
    AccountStatus { account: key.to_owned(), rate: slots.rate(), pause: slots.pause(now).cloned() }
}

fn usage(error: &impl std::error::Error) -> HandlerError {
    TerminalError::new_with_code(400, error.to_string()).into()
}
