-- Bans a key, or lifts its ban.
--
-- KEYS[1]  the end of its ban
-- ARGV[1]  microseconds that the ban lasts; 0 to lift it

local lasts = tonumber(ARGV[1])
if lasts == 0 then return redis.call('DEL', KEYS[1]) end
local time = redis.call('TIME')
local ends = string.format('%.0f', time[1] * 1000000 + time[2] + lasts)
redis.call('SET', KEYS[1], ends, 'PX', string.format('%.0f', math.ceil(lasts / 1000) + 1000))
return 1
