-- The plan's own tables, as a team that follows it to the letter would make them, with the indexes its lists need.
drop table if exists bookings, booking_imports, booking_import_errors, booking_audit_logs, dealers cascade;
create table dealers (
  id varchar(30) primary key, dealer_code varchar(50) unique not null, dealer_name varchar(255) not null,
  location varchar(255), is_active boolean default true, created_at timestamptz default now(), updated_at timestamptz default now()
);
create table bookings (
  id varchar(30) primary key, external_id varchar(255) unique, dealer_id varchar(30), car_variant_id varchar(30),
  customer_name varchar(255) not null, customer_phone varchar(50), customer_email varchar(255), advisor_id varchar(30),
  booking_date timestamptz, status varchar(30) not null default 'PENDING', source varchar(30) not null default 'manual',
  metadata jsonb, enquiry_id varchar(30), created_at timestamptz default now(), updated_at timestamptz default now()
);
create index on bookings (dealer_id, booking_date);
create index on bookings (advisor_id, booking_date);
create index on bookings (booking_date);
create index on bookings (created_at) where status = 'PENDING';
create table booking_imports (
  id varchar(30) primary key, admin_id varchar(30) not null, filename varchar(512), total_rows int default 0,
  processed_rows int default 0, successful_rows int default 0, failed_rows int default 0, status varchar(30) default 'PENDING',
  started_at timestamptz, completed_at timestamptz, created_at timestamptz default now(), updated_at timestamptz default now()
);
create table booking_import_errors (
  id varchar(30) primary key, import_id varchar(30) not null, row_number int not null, raw_row jsonb not null,
  error_message text not null, error_type varchar(50), field_errors jsonb, created_at timestamptz default now()
);
create table booking_audit_logs (
  id varchar(30) primary key, booking_id varchar(30) not null, changed_by varchar(30) not null, action varchar(50) not null,
  old_value jsonb, new_value jsonb, change_reason varchar(255), ip_address inet, user_agent text,
  created_at timestamptz default now()
);
create index on booking_audit_logs (booking_id, created_at);
insert into dealers (id, dealer_code, dealer_name)
  select 'd' || n, 'DLR' || lpad(n::text, 3, '0'), 'Dealer ' || n from generate_series(1, 50) n;
