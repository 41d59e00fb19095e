aLtEr	TaBlE	"public"."orders"
	ADD	COLUMN	"Größe; DROP TABLE x"	TEXT	; ;;
