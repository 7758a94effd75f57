-- A report over tasks as CSV: midapi lua examples/lua/report.lua < ids.txt > report.csv, with one id a line.
local midapi = require "midapi"

local client, problem = midapi.client()
if not client then
  error(tostring(problem))
end

local ids, place = {}, {}
for line in io.lines() do
  local id = line:match "^%s*(.-)%s*$"
  if id ~= "" then
    ids[#ids + 1] = id
    place[id] = #ids
  end
end

---@param value string|number|nil
local function cell(value)
  local text = value == nil and "" or tostring(value)
  -- A text that begins so would be a formula in a spreadsheet.
  if text:find "^[=+@-]" then
    text = "'" .. text
  end
  return text:find '[",\r\n]' and '"' .. text:gsub('"', '""') .. '"' or text
end

---@param seconds number?
local function time(seconds)
  return seconds and os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(seconds))
end

-- ResultStream come in any order; the report has that of the ids.
local rows = {}
for id, task, err in client:get_all(ids, { max_in_flight = 16 }) do
  local cells = { cell(id) }
  if task then
    local took = task.create_time and task.complete_time and task.complete_time - task.create_time
    local prompt = task.params and task.params.prompt
    for _, value in ipairs { task.status, time(task.create_time) or "", took or "", #task.result_urls, prompt or "" } do
      cells[#cells + 1] = cell(value)
    end
  elseif err then
    cells[#cells + 1] = cell(err.kind)
    cells[#cells + 1] = ",,," .. cell(err.message)
  end
  rows[place[id]] = table.concat(cells, ",")
end

print "id,status,created,seconds,files,prompt"
for _, id in ipairs(ids) do
  print(rows[place[id]])
end
