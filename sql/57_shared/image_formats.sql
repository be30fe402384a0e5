-- SPDX-License-Identifier: PostgreSQL
--
-- fota.image_formats: the names of the file formats that can be decoded, by PostgreSQL or the worker.

CREATE OR REPLACE FUNCTION fota.image_formats()
RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT ('{ihex,srec,ti-txt,tekhex,vmem,uf2,elf,dfu,dfuse,mcuboot,esp,uimage,fit,trx,openwrt,zigbee-ota,cyacd,cyacd2,gzip,xz,'
		'zstd,bzip2,zip,tar,cpio,'
		'nordic-dfu,ncs-zip,pybricks,swu,mender,suit,raucb,fup,crau,android-sparse,android-boot,nxp-sb2,nxp-sb3,gbl,ebl,cab,squashfs,'
		'ext4,ubi,ubifs,uefi-capsule,pe,pgp,cms,dtb,error-page,raw}')::text[]
$$;

COMMENT ON FUNCTION fota.image_formats() IS 'The names of the file formats that can be decoded.';
