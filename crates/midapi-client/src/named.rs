// Made by `cargo xtask codegen` from spec/midapi.yaml. Do not edit: change the spec and run it again.

/** The outcome of a call as the body tells it, which is not the HTTP status: business errors arrive as HTTP 200.

 An open list: a number that the spec does not name is kept, and is no error.*/
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize
)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct BodyCode(pub i64);
impl BodyCode {
    /// `200`: The call succeeded.
    pub const SUCCESS: Self = Self(200);
    /// `400`: The request's parameters are invalid.
    pub const INVALID_REQUEST: Self = Self(400);
    /// `401`: The key is missing or invalid.
    pub const UNAUTHORIZED: Self = Self(401);
    /// `402`: The account has too few credits.
    pub const INSUFFICIENT_CREDITS: Self = Self(402);
    /// `404`: The resource or the endpoint does not exist.
    pub const NOT_FOUND: Self = Self(404);
    /// `422`: A parameter failed validation; also the answer for a task that does not exist.
    pub const VALIDATION_ERROR: Self = Self(422);
    /// `429`: Too many requests.
    pub const RATE_LIMITED: Self = Self(429);
    /// `455`: The service is down for maintenance.
    pub const MAINTENANCE: Self = Self(455);
    /// `500`: The server failed.
    pub const SERVER_ERROR: Self = Self(500);
    /// `501`: The image generation failed.
    pub const GENERATION_FAILED: Self = Self(501);
    /// `505`: The feature is switched off.
    pub const FEATURE_DISABLED: Self = Self(505);
    /// All numbers that the spec names, in its order.
    pub const NAMED: &'static [Self] = &[
        Self::SUCCESS,
        Self::INVALID_REQUEST,
        Self::UNAUTHORIZED,
        Self::INSUFFICIENT_CREDITS,
        Self::NOT_FOUND,
        Self::VALIDATION_ERROR,
        Self::RATE_LIMITED,
        Self::MAINTENANCE,
        Self::SERVER_ERROR,
        Self::GENERATION_FAILED,
        Self::FEATURE_DISABLED,
    ];
    /// The spec's name for the number, in lower case.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::SUCCESS => Some("success"),
            Self::INVALID_REQUEST => Some("invalid_request"),
            Self::UNAUTHORIZED => Some("unauthorized"),
            Self::INSUFFICIENT_CREDITS => Some("insufficient_credits"),
            Self::NOT_FOUND => Some("not_found"),
            Self::VALIDATION_ERROR => Some("validation_error"),
            Self::RATE_LIMITED => Some("rate_limited"),
            Self::MAINTENANCE => Some("maintenance"),
            Self::SERVER_ERROR => Some("server_error"),
            Self::GENERATION_FAILED => Some("generation_failed"),
            Self::FEATURE_DISABLED => Some("feature_disabled"),
            _ => None,
        }
    }
}
impl std::fmt::Display for BodyCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
/** How far a task is.

 An open list: a number that the spec does not name is kept, and is no error.*/
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize
)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct SuccessFlag(pub i64);
impl SuccessFlag {
    /// `0`: The task is being worked on.
    pub const GENERATING: Self = Self(0);
    /// `1`: The task is done and has results.
    pub const SUCCESS: Self = Self(1);
    /// `2`: The task failed.
    pub const FAILED: Self = Self(2);
    /// `3`: The task was created, and its generation failed.
    pub const GENERATION_FAILED: Self = Self(3);
    /// All numbers that the spec names, in its order.
    pub const NAMED: &'static [Self] = &[
        Self::GENERATING,
        Self::SUCCESS,
        Self::FAILED,
        Self::GENERATION_FAILED,
    ];
    /// The spec's name for the number, in lower case.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::GENERATING => Some("generating"),
            Self::SUCCESS => Some("success"),
            Self::FAILED => Some("failed"),
            Self::GENERATION_FAILED => Some("generation_failed"),
            _ => None,
        }
    }
}
impl std::fmt::Display for SuccessFlag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
