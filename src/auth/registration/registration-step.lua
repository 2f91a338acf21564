-- One step of a registration, or a look at it. The first step is made where the code is consumed: see check.lua.
--
-- KEYS  1 what the steps are kept in  2 record of the verification that the registration began with
-- ARGV  1 steps that have to be done before, comma separated  2 how long it is kept from now on, ms
--       3 step, 4 what is kept of it; neither for a look
-- Answers {'KEPT', expires at, fields...}, what was given among them unless a step was missing;
--         {'PENDING', expires at} while the code is waited for; {'OVER'}
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local function read()
  local fields, flat = {}, redis.call('HGETALL', KEYS[1])
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields, flat
end

local fields, flat = read()
if not fields.phone then
  local expires, consumed, attempts, allowed =
    unpack(redis.call('HMGET', KEYS[2], 'expires', 'consumed', 'attempts', 'allowed'))
  if not expires or consumed or tonumber(attempts) >= tonumber(allowed) or now >= tonumber(expires) then
    return { 'OVER' }
  end
  return { 'PENDING', expires }
end

local is_ready = #ARGV > 2
for name in string.gmatch(ARGV[1], '[^,]+') do
  if not fields[name] then is_ready = false end
end
if is_ready then
  local kept_for = math.max(1, math.min(tonumber(ARGV[2]), tonumber(fields.latest) - now))
  redis.call('HSET', KEYS[1], ARGV[3], ARGV[4])
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', kept_for))
  fields, flat = read()
end
return { 'KEPT', string.format('%.0f', now + redis.call('PTTL', KEYS[1])), unpack(flat) }
