CREATE TABLE doctors (id integer primary key, name text not null, supervisor_id int references doctors (id), on_leave boolean not null default 0);
CREATE TABLE patients (id integer primary key, insurance_no text not null unique, family_name text not null, born_on date not null, smoker boolean, "größe" real, "index" int,
 blood_group text check (blood_group in ('A', 'B', 'AB', '0')), initials text generated always as (substr(family_name, 1, 1)) virtual);
CREATE TABLE rooms (building text not null, room_no int not null, beds int not null, primary key (building, room_no)) without rowid;
CREATE TABLE visits (visit_id integer primary key, patient_id int not null references patients, doctor_id int not null references doctors (id), bldg text, room int,
 state text not null default 'booked' check (state in ('booked', 'seen', 'no show')), starts_at text not null, note text, foreign key (bldg, room) references rooms (building, room_no));
CREATE TABLE "Max Doses" (code text primary key, "Per Day" real, [order] int);
CREATE TABLE prescriptions (visit_id int not null references visits (visit_id), drug_code text not null references "Max Doses" (code), amount real, primary key (visit_id, drug_code));
CREATE VIRTUAL TABLE notes USING fts5(title, body);
CREATE VIEW todays_visits AS select v.visit_id, v.patient_id, p.family_name as patient from visits v join patients p on p.id = v.patient_id;
CREATE INDEX visits_starts_idx on visits (starts_at);
CREATE UNIQUE INDEX one_per_slot on visits (doctor_id, starts_at);
CREATE TRIGGER visits_touch after update on visits begin select 1; end;
