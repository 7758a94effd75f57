// Made by `cargo xtask codegen` from spec/midapi.yaml. Do not edit: change the spec and run it again.

#[allow(unused_imports)]
pub use progenitor_client::{ByteStream, ClientInfo, Error, ResponseValue};
#[allow(unused_imports)]
use progenitor_client::{encode_path, ClientHooks, OperationInfo, RequestBuilderExt};
/// Types used as operation parameters and responses.
#[allow(clippy::all)]
pub mod types {
    ///A point in time: milliseconds since the epoch in every recording, text such as `2024-03-20T10:30:00Z` in the documentation.
    #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
    #[non_exhaustive]
    #[derive(::serde::Serialize, Clone, Debug, PartialEq)]
    #[serde(untagged)]
    pub enum Instant {
        EpochMillis(i64),
        Text(::std::string::String),
    }
    impl<'de> ::serde::Deserialize<'de> for Instant {
        fn deserialize<D: ::serde::Deserializer<'de>>(
            deserializer: D,
        ) -> ::std::result::Result<Self, D::Error> {
            struct ByWhatComes;
            impl<'de> ::serde::de::Visitor<'de> for ByWhatComes {
                type Value = Instant;
                fn expecting(
                    &self,
                    f: &mut ::std::fmt::Formatter<'_>,
                ) -> ::std::fmt::Result {
                    f.write_str("a whole number or a text")
                }
                fn visit_i64<E: ::serde::de::Error>(
                    self,
                    value: i64,
                ) -> ::std::result::Result<Instant, E> {
                    Ok(Instant::EpochMillis(value))
                }
                fn visit_u64<E: ::serde::de::Error>(
                    self,
                    value: u64,
                ) -> ::std::result::Result<Instant, E> {
                    let unexpected = ::serde::de::Unexpected::Unsigned(value);
                    i64::try_from(value)
                        .map(Instant::EpochMillis)
                        .map_err(|_| E::invalid_value(unexpected, &self))
                }
                fn visit_str<E: ::serde::de::Error>(
                    self,
                    value: &str,
                ) -> ::std::result::Result<Instant, E> {
                    Ok(Instant::Text(value.to_owned()))
                }
                fn visit_string<E: ::serde::de::Error>(
                    self,
                    value: ::std::string::String,
                ) -> ::std::result::Result<Instant, E> {
                    Ok(Instant::Text(value))
                }
            }
            deserializer.deserialize_any(ByWhatComes)
        }
    }
    impl ::std::fmt::Display for Instant {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match self {
                Self::EpochMillis(x) => x.fmt(f),
                Self::Text(x) => x.fmt(f),
            }
        }
    }
    impl ::std::convert::From<i64> for Instant {
        fn from(value: i64) -> Self {
            Self::EpochMillis(value)
        }
    }
    ///The envelope around every answer of the look-up.
    #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
    #[non_exhaustive]
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct RecordInfoResponse {
        pub code: crate::BodyCode,
        ///The task. Null or absent where there is none.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub data: ::std::option::Option<TaskRecord>,
        ///What the server says to `code`, in words.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub msg: ::std::option::Option<::std::string::String>,
    }
    ///What a task made.
    #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
    #[non_exhaustive]
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct ResultInfo {
        ///One item for each file, in order.
        #[serde(
            rename = "resultUrls",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub result_urls: ::std::option::Option<::std::vec::Vec<ResultUrlOrText>>,
    }
    ///The results as an object; users' code also guards against the same object as a JSON text.
    #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
    #[non_exhaustive]
    #[derive(::serde::Serialize, Clone, Debug, PartialEq)]
    #[serde(untagged)]
    pub enum ResultInfoOrText {
        Object(ResultInfo),
        Text(::std::string::String),
    }
    impl<'de> ::serde::Deserialize<'de> for ResultInfoOrText {
        fn deserialize<D: ::serde::Deserializer<'de>>(
            deserializer: D,
        ) -> ::std::result::Result<Self, D::Error> {
            struct ByWhatComes;
            impl<'de> ::serde::de::Visitor<'de> for ByWhatComes {
                type Value = ResultInfoOrText;
                fn expecting(
                    &self,
                    f: &mut ::std::fmt::Formatter<'_>,
                ) -> ::std::fmt::Result {
                    f.write_str("a text or an object")
                }
                fn visit_str<E: ::serde::de::Error>(
                    self,
                    value: &str,
                ) -> ::std::result::Result<ResultInfoOrText, E> {
                    Ok(ResultInfoOrText::Text(value.to_owned()))
                }
                fn visit_string<E: ::serde::de::Error>(
                    self,
                    value: ::std::string::String,
                ) -> ::std::result::Result<ResultInfoOrText, E> {
                    Ok(ResultInfoOrText::Text(value))
                }
                fn visit_map<A: ::serde::de::MapAccess<'de>>(
                    self,
                    map: A,
                ) -> ::std::result::Result<ResultInfoOrText, A::Error> {
                    let map = ::serde::de::value::MapAccessDeserializer::new(map);
                    <ResultInfo as ::serde::Deserialize>::deserialize(map)
                        .map(ResultInfoOrText::Object)
                }
            }
            deserializer.deserialize_any(ByWhatComes)
        }
    }
    impl ::std::convert::From<ResultInfo> for ResultInfoOrText {
        fn from(value: ResultInfo) -> Self {
            Self::Object(value)
        }
    }
    ///A file that a task made.
    #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
    #[non_exhaustive]
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct ResultUrl {
        ///Where it is.
        #[serde(
            rename = "resultUrl",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub result_url: ::std::option::Option<::std::string::String>,
    }
    ///A file as an object, as in every recording; users' code also guards against a bare URL.
    #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
    #[non_exhaustive]
    #[derive(::serde::Serialize, Clone, Debug, PartialEq)]
    #[serde(untagged)]
    pub enum ResultUrlOrText {
        Object(ResultUrl),
        Text(::std::string::String),
    }
    impl<'de> ::serde::Deserialize<'de> for ResultUrlOrText {
        fn deserialize<D: ::serde::Deserializer<'de>>(
            deserializer: D,
        ) -> ::std::result::Result<Self, D::Error> {
            struct ByWhatComes;
            impl<'de> ::serde::de::Visitor<'de> for ByWhatComes {
                type Value = ResultUrlOrText;
                fn expecting(
                    &self,
                    f: &mut ::std::fmt::Formatter<'_>,
                ) -> ::std::fmt::Result {
                    f.write_str("a text or an object")
                }
                fn visit_str<E: ::serde::de::Error>(
                    self,
                    value: &str,
                ) -> ::std::result::Result<ResultUrlOrText, E> {
                    Ok(ResultUrlOrText::Text(value.to_owned()))
                }
                fn visit_string<E: ::serde::de::Error>(
                    self,
                    value: ::std::string::String,
                ) -> ::std::result::Result<ResultUrlOrText, E> {
                    Ok(ResultUrlOrText::Text(value))
                }
                fn visit_map<A: ::serde::de::MapAccess<'de>>(
                    self,
                    map: A,
                ) -> ::std::result::Result<ResultUrlOrText, A::Error> {
                    let map = ::serde::de::value::MapAccessDeserializer::new(map);
                    <ResultUrl as ::serde::Deserialize>::deserialize(map)
                        .map(ResultUrlOrText::Object)
                }
            }
            deserializer.deserialize_any(ByWhatComes)
        }
    }
    impl ::std::convert::From<ResultUrl> for ResultUrlOrText {
        fn from(value: ResultUrl) -> Self {
            Self::Object(value)
        }
    }
    ///A failed task's code; a number was recorded, a name was reported by users.
    #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
    #[non_exhaustive]
    #[derive(::serde::Serialize, Clone, Debug, PartialEq)]
    #[serde(untagged)]
    pub enum TaskErrorCode {
        Number(i64),
        Name(::std::string::String),
    }
    impl<'de> ::serde::Deserialize<'de> for TaskErrorCode {
        fn deserialize<D: ::serde::Deserializer<'de>>(
            deserializer: D,
        ) -> ::std::result::Result<Self, D::Error> {
            struct ByWhatComes;
            impl<'de> ::serde::de::Visitor<'de> for ByWhatComes {
                type Value = TaskErrorCode;
                fn expecting(
                    &self,
                    f: &mut ::std::fmt::Formatter<'_>,
                ) -> ::std::fmt::Result {
                    f.write_str("a whole number or a text")
                }
                fn visit_i64<E: ::serde::de::Error>(
                    self,
                    value: i64,
                ) -> ::std::result::Result<TaskErrorCode, E> {
                    Ok(TaskErrorCode::Number(value))
                }
                fn visit_u64<E: ::serde::de::Error>(
                    self,
                    value: u64,
                ) -> ::std::result::Result<TaskErrorCode, E> {
                    let unexpected = ::serde::de::Unexpected::Unsigned(value);
                    i64::try_from(value)
                        .map(TaskErrorCode::Number)
                        .map_err(|_| E::invalid_value(unexpected, &self))
                }
                fn visit_str<E: ::serde::de::Error>(
                    self,
                    value: &str,
                ) -> ::std::result::Result<TaskErrorCode, E> {
                    Ok(TaskErrorCode::Name(value.to_owned()))
                }
                fn visit_string<E: ::serde::de::Error>(
                    self,
                    value: ::std::string::String,
                ) -> ::std::result::Result<TaskErrorCode, E> {
                    Ok(TaskErrorCode::Name(value))
                }
            }
            deserializer.deserialize_any(ByWhatComes)
        }
    }
    impl ::std::fmt::Display for TaskErrorCode {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match self {
                Self::Number(x) => x.fmt(f),
                Self::Name(x) => x.fmt(f),
            }
        }
    }
    impl ::std::convert::From<i64> for TaskErrorCode {
        fn from(value: i64) -> Self {
            Self::Number(value)
        }
    }
    ///What `paramJson` holds. Ranges and listed values are the documented ones for requests; an answer may go beyond them.
    #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
    #[non_exhaustive]
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct TaskParams {
        ///Width to height.
        #[serde(
            rename = "aspectRatio",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub aspect_ratio: ::std::option::Option<::std::string::String>,
        ///Where the server reports the end of the task.
        #[serde(
            rename = "callBackUrl",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub call_back_url: ::std::option::Option<::std::string::String>,
        ///Whether the prompt is translated first. The server adds `true` to every task.
        #[serde(
            rename = "enableTranslation",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub enable_translation: ::std::option::Option<bool>,
        ///The input picture.
        #[serde(
            rename = "fileUrl",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub file_url: ::std::option::Option<::std::string::String>,
        ///The input pictures.
        #[serde(
            rename = "fileUrls",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub file_urls: ::std::option::Option<::std::vec::Vec<::std::string::String>>,
        ///How much a video moves. The server adds `high` to every task.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub motion: ::std::option::Option<::std::string::String>,
        ///How strongly an omni reference counts.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub ow: ::std::option::Option<i64>,
        ///What was asked for, in words.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub prompt: ::std::option::Option<::std::string::String>,
        ///The speed asked for.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub speed: ::std::option::Option<::std::string::String>,
        ///How strongly the result is stylised.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub stylization: ::std::option::Option<i64>,
        ///What kind of generation it is.
        #[serde(
            rename = "taskType",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub task_type: ::std::option::Option<::std::string::String>,
        ///How much the pictures of one task differ.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub variety: ::std::option::Option<i64>,
        ///The model's version. Text, also where the request had a number.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub version: ::std::option::Option<::std::string::String>,
        ///How many videos were asked for. The server adds 1 to every task.
        #[serde(
            rename = "videoBatchSize",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub video_batch_size: ::std::option::Option<i64>,
        ///The watermark asked for.
        #[serde(
            rename = "waterMark",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub water_mark: ::std::option::Option<::std::string::String>,
        ///How unusual the result may be.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub weirdness: ::std::option::Option<i64>,
        #[serde(flatten)]
        pub extra: ::serde_json::Map<::std::string::String, ::serde_json::Value>,
    }
    ///A task as the look-up answers it. While it is generating, everything about its end is null.
    #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
    #[non_exhaustive]
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct TaskRecord {
        ///When the task ended. Null while it is generating.
        #[serde(
            rename = "completeTime",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub complete_time: ::std::option::Option<Instant>,
        ///When the task was created.
        #[serde(
            rename = "createTime",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub create_time: ::std::option::Option<Instant>,
        ///Why the task failed, as a number or a name. Null unless it failed.
        #[serde(
            rename = "errorCode",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub error_code: ::std::option::Option<TaskErrorCode>,
        ///Why the task failed, in words. Null unless it failed.
        #[serde(
            rename = "errorMessage",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub error_message: ::std::option::Option<::std::string::String>,
        ///The request as the server normalised it, as a JSON text in a string: keys sorted, unset ones dropped, some added that nobody asked for.
        #[serde(
            rename = "paramJson",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub param_json: ::std::option::Option<::std::string::String>,
        ///The results. Null while there are none.
        #[serde(
            rename = "resultInfoJson",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub result_info_json: ::std::option::Option<ResultInfoOrText>,
        ///How far the task is.
        #[serde(
            rename = "successFlag",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub success_flag: ::std::option::Option<crate::SuccessFlag>,
        ///The id asked for.
        #[serde(
            rename = "taskId",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub task_id: ::std::option::Option<::std::string::String>,
        ///What kind of generation it is. An open list.
        #[serde(
            rename = "taskType",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub task_type: ::std::option::Option<::std::string::String>,
    }
    /// Error types.
    pub mod error {
        /// Error from a `TryFrom` or `FromStr` implementation.
        pub struct ConversionError(::std::borrow::Cow<'static, str>);
        impl ::std::error::Error for ConversionError {}
        impl ::std::fmt::Display for ConversionError {
            fn fmt(
                &self,
                f: &mut ::std::fmt::Formatter<'_>,
            ) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }
        impl ::std::fmt::Debug for ConversionError {
            fn fmt(
                &self,
                f: &mut ::std::fmt::Formatter<'_>,
            ) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Debug::fmt(&self.0, f)
            }
        }
        impl From<&'static str> for ConversionError {
            fn from(value: &'static str) -> Self {
                Self(value.into())
            }
        }
        impl From<String> for ConversionError {
            fn from(value: String) -> Self {
                Self(value.into())
            }
        }
    }
}
#[derive(Clone, Debug)]
/**Client for MidAPI task look-up

Looks up Midjourney tasks that were submitted to MidAPI. Written from the vendor's documentation and from recorded answers; where the two disagree, this document says what the wire does. Unofficial.

Version: 1.0.0*/
pub struct Client {
    pub(crate) baseurl: String,
    pub(crate) client: reqwest::Client,
    pub(crate) inner: crate::Executor,
}
impl Client {
    /// Create a new client.
    ///
    /// `baseurl` is the base URL provided to the internal
    /// `reqwest::Client`, and should include a scheme and hostname,
    /// as well as port and a path stem if applicable.
    pub fn new(baseurl: &str, inner: crate::Executor) -> Self {
        #[cfg(not(target_arch = "wasm32"))]
        let client = {
            let dur = ::std::time::Duration::from_secs(15u64);
            reqwest::ClientBuilder::new().connect_timeout(dur).timeout(dur)
        };
        #[cfg(target_arch = "wasm32")]
        let client = reqwest::ClientBuilder::new();
        Self::new_with_client(baseurl, client.build().unwrap(), inner)
    }
    /// Construct a new client with an existing `reqwest::Client`,
    /// allowing more control over its configuration.
    ///
    /// `baseurl` is the base URL provided to the internal
    /// `reqwest::Client`, and should include a scheme and hostname,
    /// as well as port and a path stem if applicable.
    pub fn new_with_client(
        baseurl: &str,
        client: reqwest::Client,
        inner: crate::Executor,
    ) -> Self {
        Self {
            baseurl: baseurl.to_string(),
            client,
            inner,
        }
    }
}
impl ClientInfo<crate::Executor> for Client {
    fn api_version() -> &'static str {
        "1.0.0"
    }
    fn baseurl(&self) -> &str {
        self.baseurl.as_str()
    }
    fn client(&self) -> &reqwest::Client {
        &self.client
    }
    fn inner(&self) -> &crate::Executor {
        &self.inner
    }
}
const _: () = {
    #[allow(dead_code)]
    fn assert_client_hooks()
    where
        Client: ClientHooks<crate::Executor>,
    {}
};
#[allow(clippy::all)]
impl Client {
    /**Looks up one task by its id

Every answer is the envelope, and almost every one is HTTP 200: the body's `code` tells an error from a task, and the task's `successFlag` tells whether it is done.

Sends a `GET` request to `/api/v1/mj/record-info`

Arguments:
- `task_id`: The id that the submission returned. Opaque: 32 hex digits in every recording, other forms in the documentation.
*/
    pub async fn get_record_info<'a>(
        &'a self,
        task_id: &'a str,
    ) -> Result<ResponseValue<types::RecordInfoResponse>, Error<()>> {
        let url = format!("{}/api/v1/mj/record-info", self.baseurl,);
        let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
        header_map
            .append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(Self::api_version()),
            );
        #[allow(unused_mut)]
        let mut request = self
            .client
            .get(url)
            .header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
            .query(&progenitor_client::QueryParam::new("taskId", &task_id))
            .headers(header_map)
            .build()?;
        let info = OperationInfo {
            operation_id: "get_record_info",
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200u16 => ResponseValue::from_response(response).await,
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
}
/// Items consumers will typically use such as the Client.
pub mod prelude {
    #[allow(unused_imports)]
    pub use super::Client;
}
