---@meta midapi
-- Made by `cargo xtask lua-meta` from the types of the SDK and the functions of midapi-lua. Do not edit.

---How far a task is. A missing flag, or one that nobody has documented, is unknown.
---@alias midapi.Status "generating" | "success" | "failed" | "generation_failed" | "unknown"

---What went wrong. An open list.
---@alias midapi.ErrorKind "transport" | "rate_limited" | "unavailable" | "server" | "auth" | "credits" | "not_found" | "invalid_request" | "generation_failed" | "disabled" | "unexpected" | "decode" | "deadline" | "task_failed" | "config" | "usage"

---Something of an answer that could not be read.
---@class midapi.DecodeWarning
---@field field string The field of the task, such as `create_time`, `result_urls[2]` or `params.version`.
---@field message string The reason why it could not be read.

---What was asked for, with the request's own keys.
---@class midapi.Params
---@field aspectRatio? string The aspect ratio, width to height.
---@field callBackUrl? string The callback URL for the completion of the task.
---@field enableTranslation? boolean Whether the prompt is translated. The server adds `true` to every task.
---@field fileUrl? string The URL of the input picture.
---@field fileUrls? string[] The URLs of the input pictures.
---@field motion? string The amount of motion in a video. The server adds `high` to every task.
---@field ow? integer The weight of an omni reference.
---@field prompt? string The prompt.
---@field speed? string The generation speed.
---@field stylization? integer The strength of the stylization.
---@field taskType? string The kind of generation.
---@field variety? integer The variation between the pictures of a task.
---@field version? string The version of the model. Text, even if the request had a number.
---@field videoBatchSize? integer The number of videos. The server adds 1 to every task.
---@field waterMark? string The watermark.
---@field weirdness? integer The degree of unusual results.
---@field [string] any Any other key of the request.

---A task as the server last told it. What is absent is nil.
---@class midapi.Task
---@field complete_time? number When the task ended: seconds since the epoch.
---@field create_time? number When the task was created: seconds since the epoch.
---@field error_code? integer|string The error code of a failed task: a number or a name.
---@field error_message? string The error message of a failed task.
---@field id string The id that was requested.
---@field param_json? string The untouched text of `paramJson`.
---@field params? midapi.Params The parameters of the request, with its own keys; nil if `param_json` does not parse.
---@field result_urls string[] The URLs of the result files.
---@field results_expire_time? number When the results may be deleted: seconds since the epoch.
---@field status midapi.Status `generating`, `success`, `failed`, `generation_failed` or `unknown`.
---@field success_flag? integer The number that the status is derived from.
---@field task_type? string The type of the task. The list may grow.
---@field warnings midapi.DecodeWarning[] The fields that could not be read.

---Why a call has no task. `tostring` gives its message.
---@class midapi.Error
---@field attempts integer The number of requests that the call sent for this task.
---@field code? integer The `code` in the body of the last response.
---@field elapsed? number The duration of the call, in seconds.
---@field http_status? integer The HTTP status of the last response.
---@field id? string The id of the task that was requested.
---@field kind midapi.ErrorKind The kind of the error, for programs.
---@field last_status? midapi.Status The last status that a wait observed.
---@field message string The cause, for people.
---@field retry_after? number The delay that the server asked for before the next request, in seconds.
---@field retryable boolean Whether the same request may succeed a moment later.
---@field server_message? string The `msg` in the body of the last response.
---@field id string? The id that was asked for.
---@field task midapi.Task? The failed task of `task_failed`; of `deadline` the one that the last look saw.

---Options of `midapi.client`.
---@class (exact) midapi.ClientOptions
---@field api_key? string The key; that of MIDAPI_API_KEY, or of the host, unless given.
---@field base_url? string Where the API is; that of MIDAPI_BASE_URL, or of the host, unless given.
---@field timeout? number For its `get` and `get_all`: seconds for all attempts at one id together; 60 unless given.
---@field retries? integer For its `get` and `get_all`: how often a failed attempt is made again; 4 unless given.

---Options of `client:get`.
---@class (exact) midapi.GetOptions
---@field timeout? number Seconds for all attempts at one id together; 60 unless given.
---@field retries? integer How often a failed attempt is made again; 4 unless given.

---Options of `client:wait`.
---@class (exact) midapi.WaitOptions
---@field timeout? number Seconds until an id's deadline; 900 unless given.
---@field interval? number Seconds between looks; unless given, 5 growing by a quarter each time up to 30.
---@field first_delay? number Seconds before the first look; none unless given.
---@field on_update? fun(task: midapi.Task) Called at every change of a task's state, the final one too.

---Options of `client:get_all`.
---@class (exact) midapi.GetAllOptions
---@field timeout? number Seconds for all attempts at one id together; 60 unless given.
---@field retries? integer How often a failed attempt is made again; 4 unless given.
---@field max_in_flight? integer Look-ups under way at once, at the most; 32 unless given.
---@field rate? number Look-ups a second, at the most; no limit unless given.

---Options of `client:wait_all`.
---@class (exact) midapi.WaitAllOptions
---@field timeout? number Seconds until an id's deadline; 900 unless given.
---@field interval? number Seconds between looks; unless given, 5 growing by a quarter each time up to 30.
---@field first_delay? number Seconds before the first look; none unless given.
---@field max_in_flight? integer Look-ups under way at once, at the most; 32 unless given.
---@field rate? number Look-ups a second, at the most; no limit unless given.
---@field fail_fast? boolean End at the first failure; off unless given.
---@field on_update? fun(task: midapi.Task) Called at every change of a task's state, the final one too.

---Looks tasks up. Made by `midapi.client`.
---@class midapi.Client
local Client = {}

---Looks a task up, once if all goes well, and again while that makes sense.
---A task that has failed is a successful look-up: see its `status`.
---@param id string
---@param options? midapi.GetOptions
---@return midapi.Task? task
---@return midapi.Error? err
function Client:get(id, options) end

---Waits until a task is done. The first look is made at once, the last one at the deadline.
---`nil, err` when the task has failed (`err.kind` is "task_failed", `err.task` the task) or the time ran out
---("deadline": it may still finish, so wait again).
---@param id string
---@param options? midapi.WaitOptions
---@return midapi.Task? task
---@return midapi.Error? err
function Client:wait(id, options) end

---Looks many tasks up, side by side, and hands each over as it comes: `for id, task, err in client:get_all(ids) do`.
---It asks only while the script is in the iterator: leaving the loop ends the traffic.
---@param ids string[]
---@param options? midapi.GetAllOptions
---@return fun(): string?, midapi.Task?, midapi.Error? iterator
function Client:get_all(ids, options) end

---Waits for many tasks, side by side, and hands each over as it ends: `for id, task, err in client:wait_all(ids) do`.
---It asks only while the script is in the iterator: leaving the loop ends the traffic.
---@param ids string[]
---@param options? midapi.WaitAllOptions
---@return fun(): string?, midapi.Task?, midapi.Error? iterator
function Client:wait_all(ids, options) end

---@class midapi
---@field version string The version of midapi.
local midapi = {}

---A client. `nil, err` if it cannot be made, for want of a key for example.
---@param options? midapi.ClientOptions
---@return midapi.Client? client
---@return midapi.Error? err
function midapi.client(options) end

return midapi
