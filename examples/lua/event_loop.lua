-- Polls tasks inside an event loop, such as that of Neovim or OpenResty, where a call must not block for minutes. Each
-- turn sends one request and returns to the loop. Build the module for the host's Lua with:
-- cargo xtask lua-module --lua luajit
local midapi = require "midapi"

-- Schedules a function with vim.defer_fn or ngx.timer.at, or with a queue if there is no event loop.
local schedule, run_queue
if vim then
  schedule = function(seconds, turn)
    vim.defer_fn(turn, seconds * 1000)
  end
elseif ngx then
  schedule = function(seconds, turn)
    ngx.timer.at(seconds, turn)
  end
else
  local queue = {}
  schedule = function(_, turn)
    queue[#queue + 1] = turn
  end
  run_queue = function()
    while #queue > 0 do
      table.remove(queue, 1)()
    end
  end
end

---@param client midapi.Client
---@param id string
---@param on_finished fun(task: midapi.Task?, err: midapi.Error?)
local function poll(client, id, on_finished)
  local function turn()
    -- Makes one attempt of at most one second. Retries are not needed, because the task is polled again later.
    local task, err = client:get(id, { max_retries = 0, timeout = 1 })
    local is_open = task and (task.status == "generating" or task.status == "unknown") or err and err.retryable
    if is_open then
      schedule(err and err.retry_after or 5, turn)
    else
      on_finished(task, err)
    end
  end
  turn()
end

local client, client_error = midapi.client()
if not client then
  error(tostring(client_error))
end
for _, id in ipairs(arg or {}) do
  poll(client, id, function(task, err)
    print(id, task and task.status or err and err.kind)
  end)
end
if run_queue then
  run_queue()
end
