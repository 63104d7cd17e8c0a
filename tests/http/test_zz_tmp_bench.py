import asyncio, time, json, os
import asyncpg, pytest
from senders import connect, standard, payload, shopify
from aftersales_api.infra.schema import connect as pgc

async def call(app, path, body, headers):
    scope={"type":"http","method":"POST","path":path,"raw_path":path.encode(),"query_string":b"","headers":[(k.lower().encode(),v.encode()) for k,v in headers.items()],"http_version":"1.1","scheme":"http","server":("t",80),"client":("c",1),"root_path":"","asgi":{"version":"3.0"}}
    out=[]
    sent=False
    async def receive():
        return {"type":"http.request","body":body,"more_body":False}
    async def send(m): out.append(m)
    await app(scope,receive,send)
    assert out[0]["status"]==200,out
    
async def test_b(lab, options):
    made=await connect(lab,"generic",settings={"rate_per_minute":10_000_000})
    path=made["url"].partition("http://test")[2]
    body=json.dumps(payload("generic","order.created")).encode()
    N=6000
    sends=[standard(body,made["secret"]) for _ in range(N)]
    for rnd in range(2):
        it=iter(sends[rnd*N//2:(rnd+1)*N//2]); lat=[]
        async def w():
            for b,h in it:
                t=time.perf_counter(); await call(lab.app,path,b,h); lat.append(time.perf_counter()-t)
        t=time.perf_counter(); await asyncio.gather(*(w() for _ in range(32))); d=time.perf_counter()-t
        lat.sort(); print("ours",N/2/d,"p50",lat[len(lat)//2]*1e3,"p99",lat[int(len(lat)*.99)]*1e3)
    pool=await asyncpg.create_pool(options.database_url.replace("+asyncpg",""),min_size=32,max_size=32,server_settings={"role":"aftersales_app"})
    from uuid import uuid4
    c=made["id"]
    from aftersales_api.kit import ids
    cid=ids.parse("con",c)
    import zlib
    z=zlib.compress(body,1)
    q="""with s as (select set_config('app.shop',$1,true)) insert into inbound_deliveries(shop_id,id,connection_id,source,topic,dedupe_key,status,attempts,is_test,headers,body,body_bytes,event_ids,people,received_at) select $1::text::uuid,$2,$3,'generic','order.created',$4,'ignored',0,false,'{}',$5,10,'[]','[]',now() from s"""
    await pool.execute("select 1")
    it=iter(range(3000)); lat=[]
    async def w2():
        for i in it:
            t=time.perf_counter()
            async with pool.acquire() as k:
                async with k.transaction():
                    await k.execute("select set_config('app.shop',$1,true)", str(lab.shop_id))
                    await k.execute(q,str(lab.shop_id),uuid4(),cid,str(i)+"x"+str(uuid4()),z)
            lat.append(time.perf_counter()-t)
    t=time.perf_counter(); await asyncio.gather(*(w2() for _ in range(32))); d=time.perf_counter()-t
    print("raw tx",3000/d)
    it=iter(range(6000)); lat=[]
    q2="""with s as (select set_config('app.shop',$1,true)) insert into inbound_deliveries(shop_id,id,connection_id,source,topic,dedupe_key,status,attempts,is_test,headers,body,body_bytes,event_ids,people,received_at) select $1::text::uuid,$2,$3,'generic','order.created',$4,'ignored',0,false,'{}',$5,10,'[]','[]',now() from s"""
    import asyncpg.pool
    ks=[await pool.acquire() for _ in range(32)]
    async def w3(k):
        await k.execute("select set_config('app.shop',$1,false)", str(lab.shop_id))
        for i in it:
            await k.execute(q2,str(lab.shop_id),uuid4(),cid,str(i)+"y"+str(uuid4()),z)
    t=time.perf_counter(); await asyncio.gather(*(w3(k) for k in ks)); d=time.perf_counter()-t
    print("raw 1rt",6000/d)
    for k in ks: await pool.release(k)
    await pool.close()

async def test_prof(lab):
    import cProfile, pstats
    made=await connect(lab,"generic",settings={"rate_per_minute":10_000_000})
    path=made["url"].partition("http://test")[2]
    body=json.dumps(payload("generic","order.created")).encode()
    sends=[standard(body,made["secret"]) for _ in range(3000)]
    it=iter(sends)
    async def w():
        for b,h in it: await call(lab.app,path,b,h)
    p=cProfile.Profile(); p.enable()
    await asyncio.gather(*(w() for _ in range(32)))
    p.disable()
    pstats.Stats(p).sort_stats("tottime").print_stats(32)
