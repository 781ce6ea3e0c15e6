-- Ids: a ULID as text, 26 characters, in the order of their making. The plan calls the function gen_cuid.
create function gen_cuid() returns varchar
language plpgsql volatile parallel safe as $$
declare
  alphabet constant text := '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  ms bigint := floor(extract(epoch from clock_timestamp()) * 1000);
  noise bytea := uuid_send(gen_random_uuid());
  id text := '';
begin
  for i in reverse 9..0 loop
    id := id || substr(alphabet, ((ms >> (5 * i)) & 31)::int + 1, 1);
  end loop;
  for i in 0..15 loop
    id := id || substr(alphabet, (get_byte(noise, i) & 31) + 1, 1);
  end loop;
  return id;
end $$;

create table dealers (
  id varchar(30) collate "C" primary key default gen_cuid(),
  dealer_code varchar(50) unique not null,
  dealer_name varchar(255) not null,
  location varchar(255),
  is_active boolean not null default true,
  settings jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table advisors (
  id varchar(30) collate "C" primary key default gen_cuid(),
  email varchar(255) not null,
  name varchar(255) not null,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index advisors_email_key on advisors (lower(email));

-- Whom an advisor serves; one of them is home.
create table advisor_dealers (
  advisor_id varchar(30) collate "C" not null references advisors on delete cascade,
  dealer_id varchar(30) collate "C" not null references dealers,
  is_home boolean not null default false,
  primary key (advisor_id, dealer_id)
);
create unique index advisor_dealers_one_home on advisor_dealers (advisor_id) where is_home;
create index advisor_dealers_by_dealer on advisor_dealers (dealer_id);

create table car_variants (
  id varchar(30) collate "C" primary key default gen_cuid(),
  code varchar(100) unique not null,
  name varchar(255) not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
