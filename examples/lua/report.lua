-- Writes a report of tasks as CSV: midapi lua examples/lua/report.lua < ids.txt > report.csv
-- Standard input holds one id per line.
local midapi = require "midapi"

local client, client_error = midapi.client()
if not client then
  error(tostring(client_error))
end

local ids, positions = {}, {}
for line in io.lines() do
  local id = line:match "^%s*(.-)%s*$"
  if id ~= "" then
    ids[#ids + 1] = id
    positions[id] = #ids
  end
end

---@param value string|number|nil
local function to_cell(value)
  local text = value == nil and "" or tostring(value)
  -- A spreadsheet would read a text that starts like this as a formula.
  if text:find "^[=+@-]" then
    text = "'" .. text
  end
  return text:find '[",\r\n]' and '"' .. text:gsub('"', '""') .. '"' or text
end

---@param seconds number?
local function to_rfc3339(seconds)
  -- Times have a fraction; os.date accepts whole seconds only.
  return seconds and os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(seconds))
end

-- Results arrive in any order. The report has the order of the ids.
local rows = {}
for id, task, err in client:get_all(ids, { max_in_flight = 16 }) do
  local cells = { to_cell(id) }
  if task then
    local duration = task.create_time and task.complete_time and task.complete_time - task.create_time
    local prompt = task.params and task.params.prompt
    local values = { task.status, to_rfc3339(task.create_time) or "", duration or "", #task.result_urls, prompt or "" }
    for _, value in ipairs(values) do
      cells[#cells + 1] = to_cell(value)
    end
  elseif err then
    cells[#cells + 1] = to_cell(err.kind)
    cells[#cells + 1] = ",,," .. to_cell(err.message)
  end
  rows[positions[id]] = table.concat(cells, ",")
end

print "id,status,created,seconds,files,prompt"
for _, id in ipairs(ids) do
  print(rows[positions[id]])
end
