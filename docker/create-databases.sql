-- Run once, by the postgres image, when its data folder is new.
create database orders;
create database inventory;
create database payments;
create database orchestrator;
