-- JSON list of the tables a stream captures where no publication holds them; NULL: the publication does.
ALTER TABLE stream ADD COLUMN tables TEXT;
