-- Takes a message out of every count, as if it had never been asked for.
-- KEYS  record, sends of the number, live verifications of the number, sends of the segment, calls to the number
-- ARGV  1 message id  2 verification id to forget as well, or ''
-- Answers {the address that asked last or '', when the message was counted or '' if it was not}
local address = redis.call('HGET', KEYS[1], 'address') or ''
local at = redis.call('ZSCORE', KEYS[2], ARGV[1]) or ''
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('ZREM', KEYS[5], ARGV[1])
local messages = redis.call('HGET', KEYS[1], 'messages')
if messages then
  local left = {}
  for id in string.gmatch(messages, '[^,]+') do
    if id ~= ARGV[1] then left[#left + 1] = id end
  end
  redis.call('HSET', KEYS[1], 'messages', table.concat(left, ','))
end
if ARGV[2] ~= '' then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', KEYS[3], ARGV[2])
end
return { address, at }
