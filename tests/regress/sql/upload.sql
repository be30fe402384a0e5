-- A file that arrives in pieces: upload_begin, upload_chunk, upload_finish. Nothing can see it until
-- the worker has verified it.

SELECT fota.add_model('lamp', '{app}');
-- 600,000 bytes are three pieces: two of 262,144 and the rest.
CREATE TABLE public.file AS
SELECT decode(string_agg(md5(n::text), '' ORDER BY n), 'hex') AS data FROM generate_series(1, 37500) n;
SELECT length(data), encode(sha256(data), 'hex') AS sha256 FROM public.file;
CREATE FUNCTION public.piece(int) RETURNS bytea LANGUAGE sql AS 'SELECT substr(data, $1 * 262144 + 1, 262144) FROM public.file';
GRANT SELECT ON public.file TO op;

\connect - op
SELECT upload_id, chunks_done FROM fota.upload_begin((SELECT sha256(data) FROM public.file), 600000);
SELECT fota.upload_chunk(1, 0, public.piece(0));
-- The connection broke; beginning again finds it and says how many leading pieces are there.
SELECT fota.upload_chunk(1, 2, public.piece(2));
SELECT upload_id, chunks_done FROM fota.upload_begin((SELECT sha256(data) FROM public.file), 600000);
-- A piece may be sent again; the last one counts.
SELECT fota.upload_chunk(1, 0, public.piece(1));
SELECT fota.upload_chunk(1, 0, public.piece(0));
-- Pieces that do not fit.
SELECT fota.upload_chunk(1, 1, 'short');
SELECT fota.upload_chunk(1, 3, 'one too many');
SELECT fota.upload_chunk(1, -1, public.piece(1));
SELECT fota.upload_chunk(1, 1, public.piece(1) || '\x00');
SELECT fota.upload_chunk(1, 2, public.piece(2) || '\x00');
SELECT fota.upload_chunk(1, 1, NULL);
SELECT fota.upload_chunk(77, 0, public.piece(0));
-- A piece is missing: it is said which.
SELECT fota.upload_finish(1, 'lamp', 'app', '1.0', '{}');
SELECT count(*) AS blobs FROM fota.blob;
SELECT count(*) AS images FROM fota.image;
SELECT fota.upload_chunk(1, 1, public.piece(1));
SELECT upload_id, chunks_done FROM fota.upload_begin((SELECT sha256(data) FROM public.file), 600000);

-- Complete, it becomes an image that is being decoded; the blob is there only when it is verified.
SELECT fota.upload_finish(1, 'lamp', 'app', '1.0', '{"format": "raw", "file_name": "app.bin"}');
SELECT state, sha256, payload_sha256, size FROM fota.image;
SELECT count(*) AS blobs FROM fota.blob;
SELECT kind, state, spec - 'file' AS spec, spec -> 'file' ->> 'size' AS size, spec -> 'file' ->> 'sha256' AS sha256 FROM fota.job;
SELECT fota.upload_chunk(1, 0, public.piece(0));
SELECT fota.upload_finish(1, 'lamp', 'app', '1.0', '{}');

-- A finished one is no longer resumed: the same file again is another upload.
SELECT upload_id > 1 AS other, chunks_done FROM fota.upload_begin((SELECT sha256(data) FROM public.file), 600000);

-- Sizes and digests that are none.
SELECT fota.upload_begin('\x00', 10);
SELECT fota.upload_begin(sha256('x'), 0);
SELECT fota.upload_begin(sha256('x'), -1);
SELECT fota.upload_begin(sha256('x'), 17179869185);
SELECT fota.upload_begin(NULL, 10);
SELECT fota.upload_finish(77, 'lamp', 'app', '1.0', '{}');

-- Options and names are checked before anything is stored.
SELECT upload_id AS small FROM fota.upload_begin(sha256('small'), 5)
\gset
SELECT fota.upload_chunk(:small, 0, 'small');
SELECT fota.upload_finish(:small, 'lamp', 'app', '2.0', '{"colour": "red"}');
SELECT fota.upload_finish(:small, 'lamp', 'nose', '2.0', '{}');
SELECT fota.upload_finish(:small, 'ghost', 'app', '2.0', '{}');
SELECT fota.upload_finish(:small, 'lamp', 'app', '1.0', '{}');
SELECT fota.upload_finish(:small, 'lamp', 'app', '2.0', '{}');

-- Others do not see it.
\connect - fota_dba
INSERT INTO fota.tenant (name) VALUES ('acme');
CREATE ROLE op_up LOGIN IN ROLE fota_operator;
INSERT INTO fota.member VALUES ('op_up', 2);
\connect - op_up
SELECT count(*) FROM fota.upload;
SELECT count(*) FROM fota.blob_chunk;
SELECT fota.upload_chunk(1, 0, 'small');
