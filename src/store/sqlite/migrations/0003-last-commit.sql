-- End LSN of the last transaction a stream brought; NULL: none yet. lsn lies behind it where the stream was idle.
ALTER TABLE stream ADD COLUMN last_commit_lsn TEXT;
