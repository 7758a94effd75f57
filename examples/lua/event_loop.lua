-- In a host with an event loop, such as Neovim or OpenResty, a call must not block for minutes: this looks once a turn, and lets
-- the loop go on in between. The module for the host's Lua is built by: cargo xtask lua-module --lua luajit
local midapi = require "midapi"

-- How the host calls a function later: vim.defer_fn, ngx.timer.at, or here, without a host, after the others are done.
local later, run
if vim then
  later = function(seconds, turn)
    vim.defer_fn(turn, seconds * 1000)
  end
elseif ngx then
  later = function(seconds, turn)
    ngx.timer.at(seconds, turn)
  end
else
  local turns = {}
  later = function(_, turn)
    turns[#turns + 1] = turn
  end
  run = function()
    while #turns > 0 do
      table.remove(turns, 1)()
    end
  end
end

---@param client midapi.Client
---@param id string
---@param done fun(task: midapi.Task?, err: midapi.Error?)
local function watch(client, id, done)
  local function turn()
    -- One attempt, and no more than a second: the loop looks again by itself.
    local task, err = client:get(id, { retries = 0, timeout = 1 })
    local may_change = task and (task.status == "generating" or task.status == "unknown") or err and err.retryable
    if may_change then
      later(err and err.retry_after or 5, turn)
    else
      done(task, err)
    end
  end
  turn()
end

local client, problem = midapi.client()
if not client then
  error(tostring(problem))
end
for _, id in ipairs(arg or {}) do
  watch(client, id, function(task, err)
    print(id, task and task.status or err and err.kind)
  end)
end
if run then
  run()
end
