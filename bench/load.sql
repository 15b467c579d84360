-- 8 columns, about 200 bytes a row; a mix of 60 % insert, 25 % update, 15 % delete in transactions of `per` changes.
create table bench (
  id bigint primary key,
  name text not null,
  note text,
  amount numeric(14,4),
  created timestamp not null,
  counter bigint not null,
  active boolean not null,
  token uuid not null
);

create procedure load_bench(first bigint, changes int, per int)
language plpgsql as $$
declare
  id bigint := first;
  oldest bigint := first;
  kind int;
begin
  for i in 1..changes loop
    kind := i % 20;
    if kind < 12 or id - oldest < 4 then
      insert into bench values (id, 'customer name number ' || id, 'a note with "quotes" and some more text ' || i,
        i * 1.25, timestamp '2026-11-21 10:00:00' + i * interval '1 millisecond', i, i % 2 = 0,
        md5(id::text)::uuid);
      id := id + 1;
    elsif kind < 17 then
      update bench set counter = counter + 1, note = 'updated ' || i || ' with another text of some length' where bench.id = oldest + 3;
    else
      delete from bench where bench.id = oldest;
      oldest := oldest + 1;
    end if;
    if i % per = 0 then commit; end if;
  end loop;
  commit;
end $$;
