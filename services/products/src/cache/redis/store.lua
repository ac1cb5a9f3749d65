-- Stores values under KEYS where there is nothing, something of a lower version or of the same one
-- that is unknown, in one step. ARGV: the channel to tell, or nothing; then for each key its value,
-- its lifetime in milliseconds, the time by which it has to be here, in microseconds of Unix, and what
-- to tell. A value begins with 19 digits, its version, which compare as text as they do as numbers,
-- and its state, `?` where it is unknown.
local channel = ARGV[1]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local failure

for i, key in ipairs(KEYS) do
    local value, lifetime, by, message = unpack(ARGV, 4 * i - 2, 4 * i + 1)
    local version = value:sub(1, 19)
    local late = now > tonumber(by)
    if late then
        -- What would forbid it may have expired by now.
        value = version .. '?'
    end
    -- What is no value of ours, or not even text, gives way.
    local held, state = '', ''
    local found = redis.pcall('GETRANGE', key, 0, 19)
    if type(found) == 'string' and #found == 20 and found:find('^%d+[%-+?]$') then
        held, state = found:sub(1, 19), found:sub(20)
    end
    if held > '9223372036854775807' then
        held = ''
    end
    local newer = held < version or (held == version and state == '?')
    -- What was only read is of no use without its content.
    if newer and not (late and channel == '') then
        local stored = redis.pcall('SET', key, value, 'PX', lifetime)
        if stored.err then
            failure = stored
            -- Full memory, say. What is held is out of date, unless it claims nothing.
            if state ~= '?' then
                redis.pcall('DEL', key)
            end
        end
    end
    if channel ~= '' then
        redis.call('PUBLISH', channel, message)
    end
end

return failure
