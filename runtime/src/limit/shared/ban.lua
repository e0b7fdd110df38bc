-- Bans a key, or lifts its ban. One that lasts longer already stays.
--
-- KEYS[1]  the end of its ban, and how long it lasts in all
-- ARGV[1]  microseconds that the ban lasts; 0 to lift it

local lasts = tonumber(ARGV[1])
if lasts == 0 then return redis.call('DEL', KEYS[1]) end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local ends, whole = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%d+)$')
-- No more is left of a ban than it lasts: a clock that was set back lengthens none.
if ends and math.min(ends - now, tonumber(whole)) >= lasts then return 0 end
local expiry = string.format('%.0f', math.ceil(lasts / 1000) + 1000)
redis.call('SET', KEYS[1], string.format('%.0f %.0f', now + lasts, lasts), 'PX', expiry)
return 1
