-- Limits as they hold for this role in this database: time-outs in milliseconds, temp_file_limit in kB.
SELECT name, setting::bigint AS value FROM pg_catalog.pg_settings
WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout',
               'transaction_timeout', 'temp_file_limit')
